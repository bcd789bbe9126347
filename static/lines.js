"use strict";

// The line editor: it saves itself, and shows while one types what is left to put on the lines. Sums are the server's.
(() => {
  const form = document.querySelector("[data-lines]");
  const rows = form.querySelector("[data-rows]");
  const [net, total] = [form.dataset.net, form.dataset.total].map((each) => (each === "" ? null : Number(each)));
  const lines = () => [...rows.querySelectorAll("[data-line]")];
  const field = (line, name) => line.querySelector(`[name="${name}"]`);
  const pence = (text) => Math.round(Number(text.replace(/[£,\s]/g, "")) * 100) || 0;
  const pounds = (amount) => (amount / 100).toLocaleString("en-GB", { minimumFractionDigits: 2 });
  const write = (amount) => (amount / 100).toFixed(2);

  // ---- what is left

  const targets = [["total", total], ["net", net]].filter(([, each]) => each !== null);
  let target = null; // what the lines should come to: the nearer of the two at first, then what they last came to
  const wanted = (sum) => {
    const exact = targets.find(([, each]) => each === sum);
    target = exact ?? target ?? [...targets].sort((a, b) => Math.abs(a[1] - sum) - Math.abs(b[1] - sum))[0];
    return target;
  };

  const isShort = (rest) => rest !== 0 && (rest > 0) === ((total ?? net) >= 0); // amounts of a credit are negative

  const show = () => {
    const now = lines().reduce((all, line) => all + pence(field(line, "amount").value), 0);
    const [name, due] = wanted(now) ?? ["", now];
    const rest = due - now;
    const said = form.querySelector("[data-difference]");
    const none = lines().every((line) => field(line, "amount").value === "");
    said.textContent = none ? "No lines: the whole amount is entered as the summary below says." : rest === 0 ? `The lines come to the ${name}.` : `Lines ${pounds(now)}, ${name} ${pounds(due)}: ${pounds(Math.abs(rest))} ${isShort(rest) ? "to put on a line" : "too much"}.`;
    said.dataset.tone = none ? "neutral" : rest === 0 ? "success" : "warning";
    form.querySelector("[data-many]").hidden = !rows.querySelector("[data-tick]:checked");
    for (const button of rows.querySelectorAll("[data-rest]")) button.disabled = rest === 0 || none;
    return rest;
  };

  // ---- saving: one request after the other, the last one says how things stand

  const say = (text) => { document.querySelector("[data-saved]").textContent = text; };

  const send = async (what) => {
    say("Saving");
    const body = new FormData(form);
    body.set("lines", what);
    const answer = await fetch(form.action, { method: "POST", body, keepalive: true, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) { say("Not saved: the server did not take it. Change something to try again."); return; }
    const told = await answer.json();
    if (told.problem) { say(`Not saved. ${told.problem}`); return; }
    form.elements.version.value = told.version;
    form.querySelector("[data-summary]").innerHTML = told.summary;
    document.querySelector("[data-undo]").hidden = !told.undo;
    say("Saved");
    if (what !== "entered") location.reload();
  };

  let saving = Promise.resolve();
  const save = (what = "entered") => { show(); saving = saving.then(() => send(what)); };

  // ---- what the buttons do

  const add = (amount = "") => {
    rows.append(document.getElementById("line").content.cloneNode(true));
    const line = lines().at(-1);
    field(line, "amount").value = amount;
    return line;
  };

  const drop = (line) => {
    if (lines().length === 1) add();
    line.remove();
  };

  const split = () => {
    const shares = form.querySelector("[data-shares]").value.split(/[,;\s]+/).map(Number).filter((each) => each > 0);
    const all = shares.reduce((a, b) => a + b, 0);
    if (shares.length < 2 || total === null) { counterfoil.notify("Enter two shares or more, such as 60, 40.", "danger"); return; }
    rows.replaceChildren();
    let left = total;
    shares.forEach((share, at) => {
      const part = at === shares.length - 1 ? left : Math.round((total * share) / all);
      left -= part;
      field(add(write(part)), "description").value = `${share}%`;
    });
    form.querySelector("details[open]").open = false;
    save();
  };

  const ticked = () => lines().filter((line) => line.querySelector("[data-tick]").checked);
  const acts = {
    "[data-add]": () => { const rest = show(); field(add(isShort(rest) ? write(rest) : ""), "description").focus(); show(); },
    "[data-drop-line]": (button) => { drop(button.closest("[data-line]")); save(); },
    "[data-drop-ticked]": () => { ticked().forEach(drop); save(); },
    "[data-rest]": (button) => { const input = field(button.closest("[data-line]"), "amount"); input.value = write(pence(input.value) + show()); save(); },
    "[data-merge]": () => {
      const [first, ...others] = ticked();
      for (const each of others) {
        field(first, "amount").value = write(pence(field(first, "amount").value) + pence(field(each, "amount").value));
        each.remove();
      }
      save();
    },
    "[data-split]": split,
    "[data-take]": (button) => save(button.dataset.take),
  };
  form.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(acts)) {
      const found = event.target.closest(selector);
      if (found) act(found);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const line of lines()) line.querySelector("[data-tick]").checked = event.target.checked;
    for (const [selector, name] of [["[data-many-category]", "category"], ["[data-many-rate]", "percent"]]) {
      if (!event.target.matches(selector) || !event.target.value) continue;
      for (const line of ticked()) field(line, name).value = event.target.value;
      event.target.value = "";
      save();
    }
    if (event.target.closest("[data-line]") && event.target.name) save();
    else show();
  });
  form.addEventListener("input", show);

  /** Enter goes to the same field of the next line; after the last one a new line is there. */
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-line] input:not([type=checkbox])")) return;
    event.preventDefault();
    const at = lines().indexOf(event.target.closest("[data-line]"));
    field(lines()[at + 1] ?? add(), event.target.name).focus();
  });
  show();
})();
