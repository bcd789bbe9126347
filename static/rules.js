"use strict";

// The list of rules is put in order by dragging or by keys; the editor grows lines and shows what each can hold.
(() => {
  const table = document.querySelector("[data-rules]");
  const rows = () => [...(table?.tBodies[0].rows ?? [])];

  document.querySelector("[data-rule-search]")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of rows()) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });

  const save = async () => {
    rows().forEach((row, at) => { row.querySelector("[data-place]").textContent = at + 1; });
    const body = new FormData();
    for (const row of rows()) body.append("id", row.dataset.rule);
    const token = table.querySelector("input[name=csrf_token]").value;
    try {
      const answer = await fetch(table.dataset.order, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (!answer.ok) throw new Error();
      counterfoil.announce("The new order is saved.");
    } catch {
      counterfoil.notify("The order could not be saved. Reload the page and try again.", "danger");
    }
  };

  if (table?.dataset.order) {
    let dragged = null;
    table.addEventListener("dragstart", (event) => {
      dragged = event.target.closest("tr");
      event.dataTransfer.effectAllowed = "move";
    });
    table.addEventListener("dragover", (event) => {
      const over = event.target.closest("tr[data-rule]");
      if (!dragged || !over) return;
      event.preventDefault();
      const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
      over[event.clientY < middle ? "before" : "after"](dragged);
    });
    table.addEventListener("drop", (event) => event.preventDefault());
    table.addEventListener("dragend", () => { dragged = null; save(); });
    table.addEventListener("keydown", (event) => {
      const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
      const row = event.target.closest("tr[data-rule]");
      if (!event.altKey || !step || !row?.[step]) return;
      event.preventDefault();
      row[step][event.key === "ArrowUp" ? "before" : "after"](row);
      event.target.focus();
      save();
    });
  }

  const fit = (row) => {
    const chosen = row.querySelector("select").selectedOptions[0];
    const input = row.querySelector("input");
    if (chosen.dataset.list) input.setAttribute("list", `l-${chosen.dataset.list}`);
    else input.removeAttribute("list");
    input.placeholder = chosen.dataset.hint || "";
  };

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const part = add.closest(".rule-part");
      const row = part.querySelector("template").content.firstElementChild.cloneNode(true);
      part.querySelector("[data-rows]").append(row);
      row.querySelector("select").focus();
    }
    event.target.closest("[data-remove]")?.closest("[data-row]").remove();
  });
  document.addEventListener("change", (event) => {
    const row = event.target.matches("select") && event.target.closest("[data-row]");
    if (row) fit(row);
    if (event.target.matches("[data-tick-all]")) {
      for (const each of document.querySelectorAll("input[name=party]")) each.checked = event.target.checked;
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const trial = event.target.querySelector?.("[data-trial]");
    const told = document.querySelector("[data-waiting]");
    if (trial && told) told.textContent = ` (${trial.dataset.waitingCount} would change)`;
  });
})();
