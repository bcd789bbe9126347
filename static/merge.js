"use strict";

// The order of items that are merged, and those that are left out after all.
(() => {
  const form = document.querySelector("[data-merge]");
  const rows = () => [...form.querySelectorAll("[data-item]")];
  const go = form.querySelector("[data-go]");
  const added = [...document.querySelectorAll("[data-merge-add] [type=hidden]")]; // those beside which another is added
  const mixed = go.disabled && rows().length > 1; // of two kinds: the page says so

  const paint = () => {
    const here = rows();
    for (const [index, row] of here.entries()) {
      row.querySelector('[data-move="-1"]').disabled = index === 0;
      row.querySelector('[data-move="1"]').disabled = index === here.length - 1;
      row.querySelector("[data-drop-item]").disabled = here.length < 2;
    }
    for (const [index, field] of added.entries()) {
      field.value = here[index]?.dataset.item ?? "";
      field.disabled = index >= here.length;
    }
    form.querySelector("[data-said]").textContent = here.length === 1 ? "One item: add another" : `${here.length} items`;
    go.disabled = mixed || here.length < 2;
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move], [data-drop-item]");
    if (!button) return;
    const row = button.closest("[data-item]");
    if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
    else if (button.dataset.move === "1") row.nextElementSibling?.after(row);
    else row.remove();
    paint();
    if (button.isConnected) (button.disabled ? row.querySelector("button:enabled") : button)?.focus();
  });
  paint();
})();
