"use strict";

// The item page: values and their places show each other, a word of the document fills a field, keys, and what is saved.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const { box, view } = paper;
  const field = (name) => document.querySelector(`[data-field="${name}"]`);
  const input = (name) => document.getElementById(`f-${name}`);
  let last = null; // the field that was edited last, which a click on a word fills
  let waiting = ""; // the key of what was pressed while something was being saved: it is done after that
  let words = null; // of each page: [text, x, y, width, height], in fractions

  // What was typed since the last request is not overwritten by its answer: it is on its way with the next one.
  const typed = new Set();
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) =>
    !(["value", "checked", "selected"].includes(name) && typed.has(element.closest("select") || element));
  for (const name of ["input", "change"]) {
    document.addEventListener(name, (event) => { if (event.target.closest?.("#item-form")) typed.add(event.target); }, true);
  }
  document.addEventListener("htmx:beforeSend", (event) => { if (event.target.id === "item-form") typed.clear(); });

  /** Draw the places of the values, as the template in the page tells them. */
  const draw = () => {
    for (const old of box.querySelectorAll("rect[data-mark]")) old.remove();
    for (const each of document.getElementById("marks-data").content.children) {
      const [x, y, width, height] = each.dataset.box.split(" ").map((part) => Number(part) * 1000);
      const rect = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height, class: "mark" })) rect.setAttribute(name, value);
      Object.assign(rect.dataset, { mark: each.dataset.mark, sure: each.dataset.sure });
      const title = document.createElementNS(SVG, "title");
      title.textContent = each.dataset.label;
      rect.append(title);
      box.querySelector(`[data-page="${each.dataset.page}"] svg`)?.append(rect);
    }
  };

  /** Draw the documents that the pages look like, if they look like several. */
  for (const each of document.getElementById("parts-data").content.children) {
    const [x, y, width, height] = each.dataset.box.split(" ").map((part) => Number(part) * 1000);
    const rect = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x, y, width, height, class: "part", "data-part": each.dataset.part })) rect.setAttribute(name, value);
    const sheet = box.querySelector(`[data-page="${each.dataset.page}"]`);
    const label = Object.assign(document.createElement("span"), { className: "part-label", textContent: `Document ${each.dataset.part}` });
    Object.assign(label.style, { left: `${x / 10}%`, top: `${Math.max(y / 10, 2.5)}%` }); // set by script, which the policy allows
    sheet?.querySelector("svg").prepend(rect);
    sheet?.append(label);
  }

  const show = (name, on) => {
    box.querySelector(`[data-mark="${name}"]`)?.classList.toggle("shown", on);
    field(name)?.classList.toggle("shown", on);
  };

  /** Find the words of a page, once. */
  const find = async () => {
    words ??= await (await fetch(view.dataset.words)).json();
    return words;
  };

  /** Write a text as the field takes it: dates as the browser wants them, amounts without their sign of currency. */
  const fitting = (target, text) => {
    if (target.type === "date") {
      const found = /(\d{1,2})[./-](\d{1,2})[./-](\d{2,4})/.exec(text);
      const day = found ? new Date(Date.UTC(found[3].length === 2 ? `20${found[3]}` : found[3], found[2] - 1, found[1])) : new Date(`${text} UTC`);
      return Number.isNaN(day.getTime()) ? null : day.toISOString().slice(0, 10);
    }
    return target.classList.contains("amount") ? text.replace(/[^\d.,-]/g, "").replace(/,(?=\d{3})/g, "") : text;
  };

  /** Send along where a value was pointed at: it is looked for there on the next document of the same look. */
  const point = (target, page, hits) => {
    const name = `place-${target.name}`;
    const kept = target.form.elements[name] || target.form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    const [left, top] = [1, 2].map((at) => Math.min(...hits.map((word) => word[at])));
    const [right, bottom] = [1, 2].map((at) => Math.max(...hits.map((word) => word[at] + word[at + 2])));
    kept.value = [page, left, top, right - left, bottom - top].join(" ");
  };

  const fill = async (event, sheet) => {
    if (!last || last.disabled) return;
    const [x, y] = paper.place(sheet, event);
    const all = (await find())[sheet.dataset.page] || [];
    const mark = event.target.closest("[data-mark]");
    const within = (word, [left, top, width, height]) => word[1] + word[3] / 2 >= left && word[1] + word[3] / 2 <= left + width && word[2] + word[4] / 2 >= top && word[2] + word[4] / 2 <= top + height;
    const hits = mark // a marked value is taken whole, any other word by itself
      ? all.filter((word) => within(word, ["x", "y", "width", "height"].map((name) => Number(mark.getAttribute(name)) / 1000)))
      : all.filter((word) => x >= word[1] && x <= word[1] + word[3] && y >= word[2] && y <= word[2] + word[4]).slice(0, 1);
    if (!hits.length) return;
    const found = hits.map((word) => word[0]).join(" ");
    const text = fitting(last, event.shiftKey && last.value ? `${last.value} ${found}` : found);
    if (text === null) return;
    last.value = text;
    point(last, sheet.dataset.page, hits);
    last.focus();
    last.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.addEventListener("focusin", (event) => {
    const own = event.target.closest?.("[data-field]");
    if (!own) return;
    if (event.target.matches("input, select")) last = event.target;
    show(own.dataset.field, true);
    box.querySelector(`[data-mark="${own.dataset.field}"]`)?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("focusout", (event) => {
    const own = event.target.closest?.("[data-field]");
    if (own) show(own.dataset.field, false);
  });
  for (const [kind, on] of [["mouseover", true], ["mouseout", false]]) {
    document.addEventListener(kind, (event) => {
      const own = event.target.closest?.("[data-field], [data-mark]");
      if (own && !(own.contains(document.activeElement) && !on)) show(own.dataset.field || own.dataset.mark, on);
    });
  }
  view.addEventListener("mousedown", (event) => {
    const sheet = event.target.closest(".sheet");
    if (!sheet || event.button) return;
    const mark = event.target.closest("[data-mark]");
    const typing = document.activeElement?.closest?.("[data-field]");
    if (mark && !typing) { event.preventDefault(); input(mark.dataset.mark)?.focus(); return; }
    event.preventDefault(); // the field keeps the focus
    fill(event, sheet);
  });

  document.addEventListener("input", (event) => event.target.form?.elements[`place-${event.target.name}`]?.remove());

  /** Of a long list, what fits the typed letters. */
  document.addEventListener("input", async (event) => {
    const address = event.target.dataset?.choices;
    if (!address || event.target.value.length < 2) return;
    const typed = event.target.value;
    const answer = await fetch(`${address}?q=${encodeURIComponent(typed)}`).catch(() => null);
    if (!answer?.ok || event.target.value !== typed) return;
    const { names } = await answer.json();
    event.target.list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
  });

  const saved = (text, tone = "neutral") => {
    for (const each of document.querySelectorAll("[data-saved]")) Object.assign(each, { textContent: text }).dataset.tone = tone;
  };
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.id === "item-form") saved("Saving"); });
  document.addEventListener("htmx:afterSwap", () => {
    draw();
    document.querySelector("h1").textContent = document.getElementById("item-side").dataset.name; // read or changed since
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id !== "item-form") return;
    draw();
    const problem = document.querySelector(".item-form .form-problem");
    const good = event.detail.successful && !problem && !document.querySelector(".item-form .has-error");
    const text = good ? "Saved" : "Not saved";
    saved(text, good ? "neutral" : "danger");
    counterfoil.announce(text);
    if (problem) counterfoil.notify(problem.textContent, "danger"); // it may stand out of sight
    if (good && typed.size) return; // the next save is on its way
    if (good) press(waiting);
    waiting = "";
  });

  const doubtful = () => [...document.querySelectorAll(".field.is-missing, .field.is-doubtful")].map((each) => each.querySelector("input, select")).filter((each) => each && !each.disabled);
  const next = () => {
    const fields = doubtful();
    if (fields.length) fields[(fields.indexOf(document.activeElement) + 1) % fields.length].focus();
    else counterfoil.notify("No field is left to look at.");
  };
  const press = (key) => document.querySelector(`[data-key="${key}"] button, a[data-key="${key}"]`)?.click();
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-key]");
    if (!pressed || !document.getElementById("item-form").classList.contains("htmx-request")) return;
    event.preventDefault();
    event.stopPropagation();
    waiting = pressed.dataset.key;
  }, true);
  /** Say that a doubtful value is right as it is, and go on to the next one. */
  const confirm = (target) => {
    document.getElementById("item-form").elements.confirmed.value = target.name;
    target.dispatchEvent(new Event("change", { bubbles: true }));
    next();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#f-"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "center" });
  });

  const keys = {
    n: next, e: () => document.querySelector(".item-form input:not([type=hidden]), .item-form select")?.focus(),
    p: () => press("p"), a: () => press("a"), j: () => press("j"), k: () => press("k"), u: () => press("u"),
    "+": () => paper.zoom(1), "=": () => paper.zoom(1), "-": () => paper.zoom(-1), 0: paper.fit, r: paper.turn, f: paper.full,
    "[": () => paper.go(-1), "]": () => paper.go(1), "?": () => document.getElementById("keys").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) { document.activeElement.blur(); press("j"); return; }
    if (event.altKey && event.key === "n") { event.preventDefault(); next(); return; }
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && typing) event.target.blur();
    if (event.key === "Enter" && event.target.matches(".is-doubtful input") && event.target.value === event.target.defaultValue) {
      event.preventDefault();
      confirm(event.target);
      return;
    }
    if (typing || event.target.closest("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  draw();
})();
