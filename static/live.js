"use strict";

// Parts of a page marked data-live follow the server: asked by ETag, morphed only when something changed, never while
// the page is out of sight. What people are at stays: ticks, focus, what they type and what they opened.
const live = (() => {
  const PAUSE = 2500;
  const isTheirs = (name, node) => (node.tagName === "DETAILS" && name === "open") || name === "aria-selected";
  const options = {
    callbacks: {
      beforeNodeMorphed: (node) => !(node.matches?.("[data-held]") || (node.matches?.("input, select, textarea") && node === document.activeElement)),
      beforeAttributeUpdated: (name, node) => !isTheirs(name, node),
    },
  };
  let tag = "";
  let asking = null;

  const parts = () => document.querySelectorAll("[data-live]");

  const take = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of parts()) {
      const now = fresh.getElementById(part.id);
      if (now) Idiomorph.morph(part, now, options);
    }
    document.body.dispatchEvent(new Event("live-changed"));
  };

  const ask = async () => {
    const headers = { "HX-Request": "true" };
    if (tag) headers["If-None-Match"] = tag;
    const address = location.href;
    const answer = await fetch(address, { headers });
    const leads = answer.headers.get("HX-Redirect");
    if (leads) location.assign(leads);
    if (answer.status !== 200 || address !== location.href) return;
    tag = answer.headers.get("ETag");
    take(await answer.text());
  };

  /** Ask now; a second call while one is under way asks once more after it. */
  const refresh = () => {
    asking = (asking ?? Promise.resolve()).then(ask).catch(() => {});
    return asking;
  };

  setInterval(() => { if (!document.hidden) refresh(); }, PAUSE);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  document.body.addEventListener("inbox-changed", refresh);
  return { refresh };
})();
