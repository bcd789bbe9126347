"use strict";

// The document beside the form: larger and smaller about the point one looks at, turned, page by page, on the full screen.
const paper = (() => {
  const SMALLEST = 0.4, LARGEST = 6, STEP = 1.25;
  const box = document.querySelector(".paper");
  const view = box.querySelector(".paper-view");
  const sheets = [...view.querySelectorAll(".sheet")];
  let scale = 1;
  let turned = 0; // degrees, clockwise

  for (const sheet of sheets) {
    const picture = sheet.querySelector("img");
    const keep = () => { if (picture.naturalWidth) sheet.style.setProperty("--ratio", picture.naturalHeight / picture.naturalWidth); };
    const [width, height] = ["width", "height"].map((name) => Number(picture.getAttribute(name)));
    if (width) sheet.style.setProperty("--ratio", height / width);
    picture.addEventListener("load", keep);
    keep();
  }

  /** Scale about a point of the view (its middle unless told), which stays where it is. */
  const zoomTo = (wanted, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
    const now = Math.max(SMALLEST, Math.min(LARGEST, wanted));
    const [left, top] = [view.scrollLeft + x, view.scrollTop + y];
    const by = now / scale;
    scale = now;
    view.style.setProperty("--zoom", scale);
    view.scrollTo(left * by - x, top * by - y);
  };
  const zoom = (steps, x, y) => zoomTo(scale * STEP ** steps, x, y);
  const fit = () => { zoomTo(1); view.scrollTo(0, view.scrollTop); };
  const turn = () => {
    turned = (turned + 90) % 360;
    box.dataset.turned = turned;
  };
  const full = () => { if (document.fullscreenElement) document.exitFullscreen(); else box.requestFullscreen?.(); };

  const at = (event) => {
    const { left, top } = view.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  box.addEventListener("wheel", (event) => { // a pinch on a touchpad comes as this, too
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomTo(scale * Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 150), ...at(event));
  }, { passive: false });

  const fingers = new Map();
  const apart = () => {
    const [a, b] = [...fingers.values()];
    return { apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), at: at({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }) };
  };
  view.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch") fingers.set(event.pointerId, event); });
  view.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.size === 2 ? apart() : null;
    fingers.set(event.pointerId, event);
    if (!before) return;
    const after = apart();
    zoomTo(scale * (after.apart / (before.apart || 1)), ...after.at);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) view.addEventListener(name, (event) => fingers.delete(event.pointerId));

  // ---- pages

  const told = box.querySelector("[data-page-now]");
  const current = () => {
    const middle = view.getBoundingClientRect().top + view.clientHeight / 3;
    return Math.max(0, sheets.findLastIndex((sheet) => sheet.getBoundingClientRect().top <= middle));
  };
  const go = (step) => sheets[Math.max(0, Math.min(sheets.length - 1, current() + step))]?.scrollIntoView({ block: "start" });
  const tell = () => { if (told) told.textContent = `${current() + 1} of ${sheets.length}`; };
  view.addEventListener("scroll", tell, { passive: true });

  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.zoom) zoom(Number(button.dataset.zoom));
    if (button.dataset.step) go(Number(button.dataset.step));
    if ("turn" in button.dataset) turn();
    if ("full" in button.dataset) full();
  });
  tell();

  /** Give where on an upright sheet a point of the screen is, in fractions from its top left. */
  const place = (sheet, event) => {
    const seen = sheet.getBoundingClientRect();
    const [x, y] = [(event.clientX - seen.left) / seen.width, (event.clientY - seen.top) / seen.height];
    return { 0: [x, y], 90: [y, 1 - x], 180: [1 - x, 1 - y], 270: [1 - y, x] }[turned];
  };

  return { box, view, zoom, fit, turn, full, go, place };
})();
