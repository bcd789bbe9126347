"use strict";

// The place of a field's value and the field show each other; an item on its way is looked at again until it is settled.
(() => {
  const fields = document.querySelectorAll("[data-field]");
  const mark = (name) => document.querySelector(`[data-mark="${name}"]`);

  const show = (name, on) => {
    mark(name)?.classList.toggle("shown", on);
    document.querySelector(`[data-field="${name}"]`)?.classList.toggle("shown", on);
  };

  for (const field of fields) {
    const name = field.dataset.field;
    for (const [begin, end] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
      field.addEventListener(begin, () => {
        show(name, true);
        if (begin === "focusin") mark(name)?.scrollIntoView({ block: "nearest" });
      });
      field.addEventListener(end, () => show(name, false));
    }
  }
  for (const place of document.querySelectorAll("[data-mark]")) {
    place.addEventListener("click", () => document.getElementById(`f-${place.dataset.mark}`)?.focus());
    place.addEventListener("mouseenter", () => show(place.dataset.mark, true));
    place.addEventListener("mouseleave", () => show(place.dataset.mark, false));
  }

  const paper = document.querySelector(".paper");
  for (const button of document.querySelectorAll("button[data-zoom]")) {
    button.addEventListener("click", () => {
      paper.dataset.zoom = Math.max(0, Math.min(3, Number(paper.dataset.zoom || 0) + Number(button.dataset.zoom)));
    });
  }

  const state = document.querySelector(".lead-line [data-tone]");
  const moving = ["Queued", "Sending", "Unconfirmed"];
  if (state && moving.includes(state.textContent.trim())) {
    const look = async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector(".lead-line [data-tone]");
      if (now && now.textContent.trim() !== state.textContent.trim()) location.reload();
    };
    setInterval(() => { look().catch(() => {}); }, 1500);
  }
})();
