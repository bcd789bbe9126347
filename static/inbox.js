"use strict";

// Files dropped or chosen: each is sent by itself, so that one that is refused does not harm the others.
(() => {
  const form = document.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const list = document.querySelector("[data-uploads]");
  const waiting = [];
  let sending = 0;

  const row = (file) => {
    const line = document.createElement("li");
    line.textContent = `${file.name}: sending`;
    list.append(line);
    return line;
  };

  const tell = (line, text, tone) => {
    line.textContent = text;
    line.dataset.tone = tone;
  };

  const send = async (file, line) => {
    const body = new FormData();
    body.append("file", file);
    body.append("kind", form.elements.kind.value);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok && !told.error) throw new Error(answer.status === 413 ? "it is too large" : "the server did not take it");
      const problems = told.error ? [{ problem: told.error }] : told.submissions.filter((each) => each.problem);
      if (problems.length) tell(line, `${file.name}: ${problems[0].problem.message}`, "danger");
      else line.remove();
    } catch (error) {
      tell(line, `${file.name}: ${error.message}. It was not kept; send it again.`, "danger");
    }
    document.body.dispatchEvent(new Event("inbox-changed"));
  };

  const next = async () => {
    while (sending < 3 && waiting.length) {
      sending += 1;
      const [file, line] = waiting.shift();
      send(file, line).finally(() => { sending -= 1; next(); });
    }
  };

  const take = (files) => {
    for (const file of files) waiting.push([file, row(file)]);
    next();
  };

  for (const button of document.querySelectorAll("[data-choose]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.choose).click());
  }
  for (const chooser of [input, document.getElementById("photo")]) {
    chooser.addEventListener("change", () => { take(chooser.files); chooser.value = ""; });
  }
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length) { event.preventDefault(); take(files); }
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
})();
