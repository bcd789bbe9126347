"use strict";

// The line editor: what is left to put on the lines, shown while one types; everything else is the server's.
(() => {
  const form = document.querySelector("[data-lines]");
  const rows = form.querySelector("[data-rows]");
  const [net, total] = [form.dataset.net, form.dataset.total].map((each) => (each === "" ? null : Number(each)));
  const lines = () => [...rows.querySelectorAll("[data-line]")];
  const field = (line, name) => line.querySelector(`[name="${name}"]`);
  const pence = (text) => Math.round(Number(text.replace(/[£,\s]/g, "")) * 100) || 0;
  const pounds = (amount) => (amount / 100).toLocaleString("en-GB", { minimumFractionDigits: 2 });
  const write = (amount) => (amount / 100).toFixed(2);

  const targets = [["total", total], ["net", net]].filter(([, each]) => each !== null);
  let target = null; // what the lines should come to: the nearer of the two at first, then what they last came to
  const wanted = (sum) => {
    const exact = targets.find(([, each]) => each === sum);
    target = exact ?? target ?? [...targets].sort((a, b) => Math.abs(a[1] - sum) - Math.abs(b[1] - sum))[0];
    return target;
  };

  const sum = () => lines().reduce((all, line) => all + pence(field(line, "amount").value), 0);

  const show = () => {
    const now = sum();
    const [name, due] = wanted(now) ?? ["", now];
    const rest = due - now;
    form.querySelector("[data-difference]").textContent = rest === 0 ? `The lines come to the ${name}.` : `Lines ${pounds(now)}, ${name} ${pounds(due)}: ${pounds(rest)} ${rest > 0 ? "to put on a line" : "too much"}.`;
    const rates = new Map();
    for (const line of lines()) {
      const rate = field(line, "percent").value || form.dataset.rate;
      rates.set(rate, (rates.get(rate) ?? 0) + pence(field(line, "amount").value));
    }
    const told = [...rates].map(([rate, amount]) => {
      const share = Number(rate) || 0;
      const tax = name === "total" ? Math.round((amount * share) / (100 + share)) : Math.round((amount * share) / 100);
      return `${rate === "exempt" || rate === "" ? rate || "no rate" : `${rate}%`}: net ${pounds(name === "total" ? amount - tax : amount)}, VAT ${pounds(tax)}`;
    });
    form.querySelector("[data-rates]").textContent = told.join("; ");
    form.querySelector("[data-many]").hidden = !rows.querySelector("[data-tick]:checked");
    return rest;
  };

  const add = (amount = "") => {
    rows.append(document.getElementById("line").content.cloneNode(true));
    const line = lines().at(-1);
    field(line, "amount").value = amount;
    return line;
  };

  const ticked = () => lines().filter((line) => line.querySelector("[data-tick]").checked);
  const acts = {
    "[data-add]": () => { const rest = show(); field(add(rest > 0 ? write(rest) : ""), "description").focus(); },
    "[data-drop-line]": (button) => { if (lines().length > 1) button.closest("[data-line]").remove(); else for (const input of button.closest("[data-line]").querySelectorAll("input")) input.value = ""; },
    "[data-rest]": (button) => { const input = field(button.closest("[data-line]"), "amount"); input.value = write(pence(input.value) + show()); },
    "[data-merge]": () => {
      const [first, ...others] = ticked();
      for (const each of others) {
        field(first, "amount").value = write(pence(field(first, "amount").value) + pence(field(each, "amount").value));
        each.remove();
      }
    },
    "[data-split]": () => {
      const shares = form.querySelector("[data-shares]").value.split(/[,;\s]+/).map(Number).filter((each) => each > 0);
      const all = shares.reduce((a, b) => a + b, 0);
      if (shares.length < 2 || total === null) return;
      rows.replaceChildren();
      let left = total;
      shares.forEach((share, at) => {
        const part = at === shares.length - 1 ? left : Math.round((total * share) / all);
        left -= part;
        field(add(write(part)), "description").value = `${share}%`;
      });
      form.querySelector("details[open]").open = false;
    },
  };
  form.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(acts)) {
      const found = event.target.closest(selector);
      if (found) { act(found); show(); }
    }
  });
  form.addEventListener("change", (event) => {
    for (const [selector, name] of [["[data-many-category]", "category"], ["[data-many-rate]", "percent"]]) {
      if (!event.target.matches(selector) || !event.target.value) continue;
      for (const line of ticked()) field(line, name).value = event.target.value;
      event.target.value = "";
    }
    show();
  });
  form.addEventListener("input", show);
  show();
})();
