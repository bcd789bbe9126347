"use strict";

// By thumb: a row that is ready is published by a swipe to the right, which its notice can undo. Other rows stay put.
(() => {
  const ENOUGH = 96; // pixels
  const rows = document.getElementById("rows");
  let swipe = null;

  const rest = () => {
    if (!swipe) return;
    swipe.row.style.removeProperty("transform");
    delete swipe.row.dataset.swipe;
    swipe = null;
  };

  rows.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("tr[data-item]");
    const go = row?.querySelector('[data-act="publish"]');
    if (event.pointerType === "touch" && go && !event.target.closest("select, input, button, label")) swipe = { row, go, x: event.clientX, y: event.clientY };
  });
  rows.addEventListener("pointermove", (event) => {
    if (!swipe) return;
    const [across, down] = [event.clientX - swipe.x, event.clientY - swipe.y];
    if (!swipe.row.dataset.swipe && (Math.abs(down) > Math.abs(across) || across < 8)) return;
    swipe.row.style.transform = `translateX(${Math.max(0, Math.min(across, ENOUGH * 1.5))}px)`;
    swipe.row.dataset.swipe = across >= ENOUGH ? "enough" : "begun";
  });
  rows.addEventListener("pointerup", () => {
    const go = swipe?.row.dataset.swipe === "enough" ? swipe.go : null;
    rest();
    go?.click();
  });
  rows.addEventListener("pointercancel", rest);
  rows.addEventListener("click", (event) => { if (swipe?.row.dataset.swipe) event.preventDefault(); }, true);
})();
