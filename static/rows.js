"use strict";

// A list of items: ticks and what is done with them, fields edited in the row, filters, and keys.
(() => {
  const rows = document.getElementById("rows");
  const bulk = document.getElementById("bulk");
  const filters = document.querySelector("[data-filters]");
  const ticked = new Set();
  const token = bulk.elements.csrf_token.value;
  const find = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- ticks

  const ticks = () => find("[data-tick]", rows);

  const paint = () => {
    const here = ticks();
    for (const tick of here) {
      tick.checked = ticked.has(tick.value);
      tick.closest("tr").setAttribute("aria-selected", String(tick.checked));
    }
    const whole = here.length > 0 && here.every((tick) => tick.checked);
    const head = rows.querySelector("[data-tick-page]");
    if (head) [head.checked, head.indeterminate] = [whole, !whole && here.some((tick) => tick.checked)];
    const all = bulk.elements.all.value === "1";
    bulk.hidden = ticked.size === 0;
    bulk.querySelector("[data-ticked]").textContent = all ? "All that match" : `${ticked.size} ticked`;
    const merge = bulk.querySelector("[data-merge]");
    if (merge) merge.hidden = all || ticked.size < 2;
    bulk.querySelector("[data-all]").hidden = all || !whole || !document.querySelector(".pager [rel=next]");
  };

  const set = (values, on) => {
    for (const value of values) ticked[on ? "add" : "delete"](value);
    bulk.elements.all.value = "";
    paint();
  };

  const untick = () => { ticked.clear(); bulk.elements.all.value = ""; paint(); };

  let last = null;
  rows.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (!tick) return;
    const here = ticks();
    const [from, to] = [here.indexOf(last), here.indexOf(tick)].sort((a, b) => a - b);
    const range = event.shiftKey && from >= 0 ? here.slice(from, to + 1) : [tick];
    set(range.map((each) => each.value), tick.checked);
    last = tick;
  });
  rows.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) set(ticks().map((each) => each.value), event.target.checked);
    if (event.target.matches("[data-edit]")) saveField(event.target.closest("tr"), event.target.dataset.edit, event.target.value);
  });
  bulk.querySelector("[data-all]").addEventListener("click", () => { bulk.elements.all.value = "1"; paint(); });
  bulk.querySelector("[data-merge]")?.addEventListener("click", (event) => {
    location.assign(`${event.target.dataset.merge}?${new URLSearchParams([...ticked].sort((a, b) => a - b).map((id) => ["ids", id]))}`);
  });
  bulk.querySelector("[data-untick]").addEventListener("click", untick);
  document.body.addEventListener("live-changed", paint);

  // ---- what is done with many

  const tell = (answer) => {
    const text = answer.text[0].toUpperCase() + answer.text.slice(1);
    const notice = counterfoil.notify(text, answer.failed ? "danger" : "success", answer.undo ? 30000 : undefined);
    const add = (label, act) => {
      const button = Object.assign(document.createElement(act.href ? "a" : "button"), { textContent: label, className: "btn btn-sm", ...act });
      notice.querySelector("[data-notice-text]").append(" ", button);
    };
    if (answer.failed || answer.waiting) add(answer.failed ? "See why" : "Watch", { href: answer.page });
    if (answer.undo) add("Undo", { type: "button", onclick: () => { notice.remove(); post(answer.undo, new FormData()); } });
  };

  const post = async (address, body) => {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } }).catch(() => null);
    if (!answer) counterfoil.notify("The server did not answer. Look at the list before you try again.", "danger");
    else if (!answer.ok) counterfoil.notify("That did not work. Nothing was changed; tick again and retry.", "danger");
    else tell(await answer.json());
    await live.refresh();
  };

  const act = async (action, ids) => {
    const near = current();
    (near?.nextElementSibling ?? near?.previousElementSibling)?.querySelector(".row-link")?.focus(); // on to the next
    const body = new FormData(bulk);
    body.delete("ids");
    for (const id of ids) body.append("ids", id);
    body.set("action", action);
    untick();
    bulk.reset();
    paint();
    await post(bulk.getAttribute("action").split("?")[0] + location.search, body);
  };

  bulk.addEventListener("submit", (event) => {
    if (event.submitter?.name === "format") return; // a file: the browser takes it
    event.preventDefault();
    find("dialog[open]").forEach((dialog) => dialog.close());
    find("details[open]", bulk).forEach((each) => { each.open = false; });
    act(event.submitter.value, ticked);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-with-query]")) return;
    const target = event.submitter?.hasAttribute("formaction") ? event.submitter : event.target;
    const name = target === event.submitter ? "formaction" : "action";
    target.setAttribute(name, target.getAttribute(name).split("?")[0] + location.search);
  }, true);
  rows.addEventListener("click", (event) => {
    const go = event.target.closest("[data-act]");
    if (go) { bulk.elements.all.value = ""; act(go.dataset.act, [go.dataset.for]); }
  });

  // ---- fields in the row

  const saveField = async (row, name, value) => {
    const body = new FormData();
    for (const [key, given] of [["name", name], ["value", value], ["version", row.dataset.version]]) body.set(key, given);
    const answer = await fetch(`/items/${row.dataset.item}/field`, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
    if (answer?.ok) counterfoil.announce("Saved.");
    else counterfoil.notify((await answer?.json().catch(() => null))?.problem ?? "That was not saved. Try again.", "danger");
    await live.refresh();
  };

  const fill = (select) => {
    if (select.options.length > 1) return;
    const chosen = select.value;
    const options = document.getElementById("categories").content.cloneNode(true);
    select.append(...[...options.children].filter((option) => option.value !== chosen));
  };
  for (const name of ["pointerdown", "focusin"]) {
    rows.addEventListener(name, (event) => { if (event.target.matches?.("select[data-edit]")) fill(event.target); });
  }

  const rename = (button) => {
    const line = button.closest(".name-line");
    const link = line.querySelector(".row-link");
    const input = Object.assign(document.createElement("input"), { className: "form-control", value: link.textContent, autocomplete: "off" });
    input.setAttribute("list", "parties");
    input.setAttribute("aria-label", button.getAttribute("aria-label"));
    input.dataset.parties = "";
    line.hidden = true;
    line.after(input);
    line.parentElement.dataset.held = ""; // rows that come in meanwhile leave it alone
    input.select();
    input.focus();
    let open = true;
    const done = (save) => {
      if (!open) return;
      open = false; // taking the field away blurs it, which would end here again
      const value = input.value.trim();
      input.remove();
      delete line.parentElement.dataset.held;
      line.hidden = false;
      link.focus();
      if (save && value && value !== link.textContent) saveField(line.closest("tr"), button.dataset.rename, value);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") { event.preventDefault(); event.stopPropagation(); done(event.key === "Enter"); }
    });
    input.addEventListener("change", () => done(true));
    input.addEventListener("blur", () => done(true));
  };
  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rename]");
    if (button) rename(button);
  });

  const parties = document.getElementById("parties");
  const kind = document.querySelector("[data-filters]").action.includes("/sales") ? "customers" : "suppliers";
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-parties]")) return;
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const answer = await fetch(`/lists/${kind}/choices?q=${encodeURIComponent(event.target.value)}`).catch(() => null);
      if (answer?.ok) parties.replaceChildren(...(await answer.json()).names.map((name) => new Option(name, name)));
    }, 150);
  });

  // ---- filters

  const ask = () => {
    const wanted = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
    history.replaceState(null, "", `${location.pathname}?${wanted}`);
    untick();
    return live.refresh();
  };
  let waiting = 0;
  filters.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, event.target.type === "search" ? 250 : 0);
  });
  filters.addEventListener("submit", (event) => { event.preventDefault(); find("details[open]", filters).forEach((each) => { each.open = false; }); ask(); });

  // ---- small windows: one open at a time, closed by a click elsewhere

  document.addEventListener("click", (event) => {
    for (const each of find("details.pop[open]")) if (!each.contains(event.target)) each.open = false;
    const opens = event.target.closest("[data-open]");
    if (opens) document.getElementById(opens.dataset.open).showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });

  // ---- keys

  const current = () => document.activeElement.closest?.("#rows tr[data-item]");
  const links = () => find(".row-link", rows);
  const move = (step) => {
    const here = links();
    const at = here.indexOf(current()?.querySelector(".row-link"));
    here[Math.max(0, Math.min(here.length - 1, at < 0 ? 0 : at + step))]?.focus();
  };
  const meant = () => (ticked.size ? [...ticked] : current() ? [current().dataset.item] : []);
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => { const tick = current()?.querySelector("[data-tick]"); if (tick) set([tick.value], !tick.checked); },
    e: () => current()?.querySelector("[data-edit]")?.focus(),
    a: () => meant().length && act("archive", meant()),
    p: () => meant().length && act("publish", meant()),
    "/": () => document.getElementById("search").focus(),
    "?": () => document.getElementById("keys").showModal(),
    Escape: untick,
  };
  document.addEventListener("keydown", (event) => {
    const types = event.target.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]");
    if (event.key === "Escape") find("details.pop[open]").forEach((each) => { each.open = false; each.querySelector("summary").focus(); });
    if (event.key === "Escape" && types && event.target.id === "search") event.target.blur();
    if (types || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  paint();
})();
