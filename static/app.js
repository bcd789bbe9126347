"use strict";

// In the head and not deferred, so that the theme stands before the first paint.
const counterfoil = (() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const paint = () => { root.dataset.bsTheme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light"); };
  paint();
  dark.addEventListener("change", paint);

  /** Say something to screen readers without moving the focus. */
  const announce = (text) => { document.getElementById("live").textContent = text; };

  const MOST = 3; // notices at once, besides errors

  /** Take a notice away, but not while one is at it. */
  const leave = (notice) => {
    if (notice.matches(":hover, :focus-within")) setTimeout(leave, 2000, notice);
    else notice.remove();
  };

  /** Show a notice that goes away by itself after some milliseconds unless it is an error; the oldest makes room. */
  const notify = (text, tone = "success", stays = 8000) => {
    const notice = document.getElementById("notice-template").content.firstElementChild.cloneNode(true);
    const place = document.getElementById("notices");
    notice.dataset.tone = tone;
    notice.querySelector("[data-notice-text]").textContent = text;
    place.append(notice);
    [...place.querySelectorAll('.notice:not([data-tone="danger"])')].slice(0, -MOST).forEach((each) => each.remove());
    if (tone !== "danger") setTimeout(leave, stays, notice);
    return notice;
  };

  const menu = (open) => {
    root.classList.toggle("menu-open", open);
    document.querySelector("[data-menu]")?.setAttribute("aria-expanded", String(open));
  };

  const clicks = {
    "[data-theme-toggle]": () => {
      localStorage.setItem("theme", root.dataset.bsTheme === "dark" ? "light" : "dark");
      paint();
    },
    "[data-menu]": () => menu(!root.classList.contains("menu-open")),
    "[data-menu-close]": () => menu(false),
    "[data-dismiss]": (button) => button.closest("[data-dismissible]").remove(),
    "[data-copy]": async (button) => {
      const shown = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(shown.textContent.trim());
        notify("Copied.");
      } catch { // over plain HTTP a page has no clipboard
        getSelection().selectAllChildren(shown);
        notify("It is selected: copy it with Ctrl+C or the menu of your browser.", "info");
      }
    },
  };

  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const found = event.target.closest?.(selector);
      if (found) act(found);
    }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") menu(false); });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });
  document.addEventListener("htmx:responseError", (event) => {
    notify(`That did not work (${event.detail.xhr.status}). Reload the page and try again.`, "danger");
  });
  document.addEventListener("htmx:sendError", () => notify("The server did not answer. Try again.", "danger"));

  if (isSecureContext) navigator.serviceWorker?.register("/worker.js").catch(() => {});

  return { announce, notify };
})();
