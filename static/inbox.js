"use strict";

// Files dropped, chosen, pasted, photographed or shared by another app. Each is sent by itself, so that one that is refused does not harm the
// others; where all of them are one document, they gather as its pages first, to be put in order, and go together.
(() => {
  const form = document.querySelector("[data-drop]");
  const list = document.querySelector("[data-uploads]");
  const tray = document.querySelector("[data-tray]");
  const pages = tray.querySelector("[data-tray-pages]");
  const choices = ["mode", "kind", "owner"].map((name) => form.elements[name]).filter(Boolean);
  const files = new Map(); // of the tray: a row's file, and the way it came
  const waiting = [];
  let sending = 0;

  // ---- what is chosen once for all files, kept for this person in this window

  const KEY = `batch ${form.dataset.user} ${location.pathname}`;
  const chosen = () => Object.fromEntries(choices.map((each) => [each.name, each.value]));
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  for (const each of choices) {
    if ([...each.options].some((option) => option.value === kept[each.name])) each.value = kept[each.name];
    each.addEventListener("change", () => sessionStorage.setItem(KEY, JSON.stringify(chosen())));
  }

  // ---- sending

  const row = (name) => {
    const line = document.createElement("li");
    line.textContent = `${name}: sending`;
    list.append(line);
    return line;
  };

  const tell = (line, text, tone) => {
    line.textContent = text;
    line.dataset.tone = tone;
  };

  const send = async ({ together, name, choice, line }) => {
    const body = new FormData();
    for (const { file } of together) body.append("file", file);
    for (const [key, value] of Object.entries(choice)) body.append(key, value);
    if (together.every(({ way }) => way === "photo" || way === "share")) body.append("via", "phone");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok && !told.error) throw new Error(answer.status === 413 ? "it is too large" : "the server did not take it");
      const problems = told.error ? [{ filename: name, problem: told.error }] : told.submissions.filter((each) => each.problem);
      if (problems.length) tell(line, problems.map((each) => `${each.filename}: ${each.problem.message}`).join(" "), "danger");
      else line.remove();
    } catch (error) {
      tell(line, `${name}: ${error.message}. It was not kept; send it again.`, "danger");
    }
    document.body.dispatchEvent(new Event("inbox-changed"));
  };

  const next = () => {
    while (sending < 3 && waiting.length) {
      sending += 1;
      send(waiting.shift()).finally(() => { sending -= 1; next(); });
    }
  };

  const queue = (together, name) => { waiting.push({ together, name, choice: chosen(), line: row(name) }); next(); };

  const take = (taken, way) => {
    const found = [...taken];
    if (form.elements.mode.value === "one") { for (const file of found) add(file, way); return; }
    for (const file of found) queue([{ file, way }], file.name);
    if (way === "photo" && found.length) {
      counterfoil.announce("The photo was sent.");
      for (const button of document.querySelectorAll("[data-photo-text]")) button.textContent = "Take another photo";
    }
  };

  // ---- the pages of one document, before they are sent

  const rows = () => [...pages.children];

  const paint = () => {
    const here = rows();
    for (const [index, each] of here.entries()) {
      const name = files.get(each).file.name;
      each.querySelector(".tray-name").textContent = `${index + 1}. ${name}`;
      for (const [selector, said, disabled] of [['[data-step="-1"]', "earlier", index === 0], ['[data-step="1"]', "later", index === here.length - 1], ["[data-out]", "out", false]]) {
        const button = each.querySelector(selector);
        button.disabled = disabled;
        button.setAttribute("aria-label", said === "out" ? `Leave out ${name}` : `Move ${name} ${said}`);
      }
    }
    tray.hidden = here.length === 0;
    tray.querySelector("[data-tray-said]").textContent = `${here.length} ${here.length === 1 ? "file" : "files"}, in this order`;
  };

  /** Draw a small picture of a file, where the browser can. */
  const draw = async (file, place) => {
    const picture = await createImageBitmap(file, { resizeWidth: 72 }).catch(() => null);
    if (!picture) return;
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    place.replaceChildren(canvas);
  };

  const add = (file, way) => {
    const line = document.getElementById("tray-page").content.firstElementChild.cloneNode(true);
    files.set(line, { file, way });
    pages.append(line);
    draw(file, line.querySelector(".thumb"));
    paint();
  };

  const empty = () => { pages.replaceChildren(); files.clear(); paint(); };

  tray.addEventListener("click", (event) => {
    const line = event.target.closest(".tray-page");
    const step = event.target.closest("[data-step]");
    if (step?.dataset.step === "-1") line.previousElementSibling?.before(line);
    if (step?.dataset.step === "1") line.nextElementSibling?.after(line);
    if (event.target.closest("[data-out]")) { files.delete(line); line.remove(); }
    if (event.target.closest("[data-tray-drop]")) { empty(); return; }
    if (event.target.closest("[data-tray-send]")) {
      const together = rows().map((each) => files.get(each));
      queue(together, together.length === 1 ? together[0].file.name : `${together.length} pages`);
      empty();
      return;
    }
    paint();
    if (step) (step.disabled ? line.querySelector("[data-step]:enabled") : step)?.focus();
  });
  form.elements.mode.addEventListener("change", () => {
    const left = rows().map((each) => files.get(each));
    if (form.elements.mode.value === "one" || !left.length) return;
    empty();
    for (const { file, way } of left) take([file], way);
  });
  addEventListener("beforeunload", (event) => { if (rows().length) event.preventDefault(); });

  // ---- where files come from

  for (const button of document.querySelectorAll("[data-choose]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.choose).click());
  }
  for (const way of ["file", "photo"]) {
    const chooser = document.getElementById(way);
    chooser.addEventListener("change", () => { take(chooser.files, way); chooser.value = ""; });
  }
  /** Take what another app shared, which the worker keeps until now. */
  const takeShared = async () => {
    const cache = await caches.open("shared");
    for (const place of await cache.keys()) {
      const kept = await cache.match(place);
      if (!await cache.delete(place)) continue; // another window took it
      const blob = await kept.blob();
      take([new File([blob], decodeURIComponent(kept.headers.get("X-Name")), { type: blob.type })], "share");
    }
  };
  if (isSecureContext) takeShared();
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    if (pasted.length) { event.preventDefault(); take(pasted, "paste"); }
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files, "drop"); });
})();
