"use strict";

// A message after each of one's own publishes, on whatever page one is, where the settings of the connection want it.
(() => {
  const { sent, sentItem } = document.body.dataset;
  const KEY = "sent";
  const SOON = 2000;
  const LATER = 15000;
  let timer = 0;

  const show = ({ text, tone, item_id: item }) => {
    const notice = counterfoil.notify(text, tone);
    if (!item || location.pathname === sentItem.replace(/0$/, item)) return;
    const link = document.createElement("a");
    link.className = "btn btn-sm";
    link.href = sentItem.replace(/0$/, item);
    link.textContent = "Open";
    notice.querySelector("[data-notice-text]").after(link);
  };

  /** Ask what is new; tell after how long to ask again. */
  const ask = async () => {
    const since = localStorage.getItem(KEY) ?? "";
    const answer = await fetch(`${sent}?since=${since}`);
    if (!answer.ok) return LATER;
    const { at, waiting, news } = await answer.json();
    if ((localStorage.getItem(KEY) ?? "") !== since) return SOON; // another tab told it meanwhile
    localStorage.setItem(KEY, at);
    news.forEach(show);
    return waiting ? SOON : LATER;
  };

  const run = async () => {
    clearTimeout(timer);
    const pause = document.hidden ? LATER : await ask().catch(() => LATER);
    clearTimeout(timer);
    timer = setTimeout(run, pause);
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) run(); });
  for (const event of ["inbox-changed", "live-changed"]) document.body.addEventListener(event, run);
  run();
})();
