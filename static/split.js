"use strict";

// Splitting an item: where documents begin, pages that are left out, and parts drawn on a page. What is sent stands in
// the form's own fields: page-N is the document of page N, region "page document x y width height" (fractions).
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const STEP = 0.01;
  const LEAST = 0.03;
  const TINTS = 6;
  const NEAR = 28; // pixels from a part's lower right corner, by which its size is changed
  const form = document.querySelector("[data-cut]");
  const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

  const cards = [...form.querySelectorAll("[data-position]")].map((card) => {
    const regions = [...card.querySelectorAll("[name=region]")].map((input) => {
      const [, , x, y, width, height] = input.value.split(" ").map(Number);
      input.remove();
      return { x, y, width, height };
    });
    const number = card.querySelector("[name^=page-]");
    return { card, number, regions, position: Number(card.dataset.position), starts: false, out: number.value === "0", own: null };
  });

  /** Give each page, and each part of one, the number of its document. */
  const count = () => {
    let last = 0;
    for (const page of cards) {
      if (page.out) { page.value = 0; continue; }
      if (page.regions.length) {
        for (const region of page.regions) region.document = last += 1;
        page.value = "";
        continue;
      }
      if (page.own !== null) { page.value = page.own; continue; }
      if (page.starts || last === 0) last += 1;
      page.value = last;
    }
  };

  const mark = (page) => {
    const svg = page.card.querySelector("svg");
    svg.replaceChildren(...page.regions.flatMap((region, index) => {
      const rect = document.createElementNS(SVG, "rect");
      const name = `Part ${index + 1} of page ${page.position}, document ${region.document}`;
      const given = { tabindex: 0, role: "button", "aria-label": name, class: "cut-region", "data-index": index };
      const place = Object.fromEntries(["x", "y", "width", "height"].map((key) => [key, region[key] * 1000]));
      for (const [key, value] of Object.entries({ ...given, ...place })) rect.setAttribute(key, value);
      const corner = document.createElementNS(SVG, "rect");
      const [right, foot] = [place.x + place.width, place.y + place.height];
      const box = svg.getBoundingClientRect();
      const [width, height] = [12000 / (box.width || 600), 12000 / (box.height || 600)]; // twelve pixels
      for (const [key, value] of Object.entries({ x: right - width, y: foot - height, width, height, class: "cut-corner", "data-corner": index })) corner.setAttribute(key, value);
      for (const each of [rect, corner]) each.dataset.tint = (region.document - 1) % TINTS;
      return [rect, corner];
    }));
  };

  const rows = (page) => page.regions.map((region, index) => {
    const row = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-quiet", textContent: "Remove" });
    button.setAttribute("aria-label", `Remove part ${index + 1} of page ${page.position}`);
    button.dataset.remove = index;
    const text = Object.assign(document.createElement("span"), { textContent: `Document ${region.document}` });
    text.dataset.tint = (region.document - 1) % TINTS;
    const place = [region.x, region.y, region.width, region.height].map((each) => each.toFixed(5)).join(" ");
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "region", value: `${page.position} ${region.document} ${place}` });
    row.append(text, button, kept);
    return row;
  });

  const press = (button, on) => button?.setAttribute("aria-pressed", String(on));

  const paint = () => {
    count();
    let before = null;
    for (const page of cards) {
      page.number.value = page.value;
      page.card.classList.toggle("is-out", page.out);
      page.card.classList.toggle("is-divided", page.regions.length > 0);
      page.card.classList.toggle("is-start", page.value !== before && page.value > 0);
      if (page.value) page.card.dataset.tint = (page.value - 1) % TINTS; else delete page.card.dataset.tint;
      press(page.card.querySelector("[data-begin]"), page.value !== before && page.value > 0);
      press(page.card.querySelector("[data-leave]"), page.out);
      before = page.value || before;
      mark(page);
      page.card.querySelector("[data-parts]").replaceChildren(...rows(page));
    }
    tell();
  };

  const tell = () => {
    const documents = new Set(cards.flatMap((page) => (page.out ? [] : page.regions.length ? page.regions.map((each) => each.document) : [Number(page.value)])));
    const left = cards.filter((page) => page.out).length;
    const parts = cards.some((page) => page.regions.length);
    const many = documents.size > 1;
    const able = documents.size > 0 && (many || left > 0 || parts);
    const said = many ? `${documents.size} documents` : able ? "One document" : "Nothing is divided yet";
    form.querySelector("[data-said]").textContent = left ? `${said}, ${left} ${left === 1 ? "page" : "pages"} left out` : said;
    form.querySelector("[data-go-text]").textContent = many ? `Split into ${documents.size}` : able ? "Keep only this" : "Split";
    form.querySelector("[data-go]").disabled = !able;
  };

  const open = (page, on) => {
    page.card.classList.toggle("is-open", on);
    page.card.querySelector("[data-divide]")?.setAttribute("aria-expanded", String(on));
    const image = page.card.querySelector("img");
    if (on) image.src = image.dataset.large;
  };

  const focus = (page, index) => page.card.querySelector(`[data-index="${index}"]`)?.focus();
  const of = (target) => cards.find((page) => page.card === target.closest("[data-position]"));

  const add = (page, region) => { page.out = false; page.regions.push(region); paint(); focus(page, page.regions.length - 1); };
  const remove = (page, index) => { page.regions.splice(index, 1); paint(); (page.card.querySelector("[data-index]") ?? page.card.querySelector("[data-add]")).focus(); };

  const HALVES = {
    across: [{ x: 0, y: 0, width: 0.5, height: 1 }, { x: 0.5, y: 0, width: 0.5, height: 1 }],
    down: [{ x: 0, y: 0, width: 1, height: 0.5 }, { x: 0, y: 0.5, width: 1, height: 0.5 }],
  };
  const deeds = {
    "[data-every]": (button) => {
      const every = Number(button.dataset.every);
      for (const page of cards) Object.assign(page, { out: false, own: null, regions: [], starts: every > 0 && (page.position - 1) % every === 0 });
    },
    "[data-begin]": (button, page) => Object.assign(page, { starts: button.getAttribute("aria-pressed") !== "true", own: null, out: false }),
    "[data-leave]": (_, page) => Object.assign(page, { out: !page.out, own: null, regions: [] }),
    "[data-divide]": (_, page) => open(page, !page.card.classList.contains("is-open")),
    "[data-halves]": (button, page) => Object.assign(page, { out: false, regions: HALVES[button.dataset.halves].map((each) => ({ ...each })) }),
    "[data-add]": (_, page) => add(page, { x: 0.1, y: 0.1, width: 0.35, height: 0.35 }),
    "[data-remove]": (button, page) => remove(page, Number(button.dataset.remove)),
  };
  form.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(deeds)) {
      const button = event.target.closest(selector);
      if (!button) continue;
      act(button, of(button));
      paint();
    }
  });
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[name^=page-]")) return;
    const page = of(event.target);
    const given = clamp(Math.trunc(Number(event.target.value)) || 0, 0, 60);
    Object.assign(page, { out: given === 0, own: given || null, regions: [] });
    paint();
  });

  // ---- parts, by mouse, finger and keys

  const at = (page, event) => {
    const box = page.card.querySelector("svg").getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1)];
  };
  let drag = null;
  form.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest(".is-open svg");
    if (!svg || event.button) return;
    const page = of(svg);
    const [x, y] = at(page, event);
    const index = event.target.dataset.index ?? event.target.dataset.corner;
    if (index === undefined && event.pointerType === "touch") return; // the page scrolls
    const region = index === undefined ? { x, y, width: 0, height: 0 } : page.regions[index];
    const box = svg.getBoundingClientRect();
    const near = index !== undefined && (region.x + region.width - x) * box.width < NEAR && (region.y + region.height - y) * box.height < NEAR;
    drag = { page, region, x, y, from: { ...region }, grows: index === undefined || near };
    if (index === undefined) page.regions.push(region);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  form.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = at(drag.page, event);
    const { region, from } = drag;
    if (drag.grows && from.width === 0) {
      Object.assign(region, { x: Math.min(x, drag.x), y: Math.min(y, drag.y), width: Math.abs(x - drag.x), height: Math.abs(y - drag.y) });
    } else if (drag.grows) {
      region.width = clamp(x - region.x, LEAST, 1 - region.x);
      region.height = clamp(y - region.y, LEAST, 1 - region.y);
    } else {
      region.x = clamp(from.x + x - drag.x, 0, 1 - region.width);
      region.y = clamp(from.y + y - drag.y, 0, 1 - region.height);
    }
    count();
    mark(drag.page);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    form.addEventListener(name, () => {
      if (!drag) return;
      const { page, region } = drag;
      drag = null;
      if (region.width < LEAST || region.height < LEAST) page.regions.splice(page.regions.indexOf(region), 1);
      else page.out = false;
      paint();
      focus(page, page.regions.indexOf(region));
    });
  }
  const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  form.addEventListener("keydown", (event) => {
    const index = event.target.dataset?.index;
    if (index === undefined) return;
    const page = of(event.target);
    const region = page.regions[index];
    if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); remove(page, Number(index)); return; }
    const [dx, dy] = ARROWS[event.key] ?? [];
    if (dx === undefined) return;
    event.preventDefault();
    if (event.shiftKey) {
      region.width = clamp(region.width + dx, LEAST, 1 - region.x);
      region.height = clamp(region.height + dy, LEAST, 1 - region.y);
    } else {
      region.x = clamp(region.x + dx, 0, 1 - region.width);
      region.y = clamp(region.y + dy, 0, 1 - region.height);
    }
    paint();
    focus(page, index);
  });

  // What the server proposes, as beginnings; a number that they do not come to is the page's own.
  let before = null;
  for (const page of cards) {
    const given = Number(page.number.value);
    page.starts = !page.regions.length && given > 0 && given !== before;
    if (given > 0) before = given;
    if (page.regions.length) { before = null; open(page, true); }
    page.given = given;
  }
  count();
  for (const page of cards) if (page.given > 0 && page.given !== page.value) page.own = page.given;
  paint();
})();
