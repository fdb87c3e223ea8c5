// A quiet word when live updates are away for longer than a moment; nothing is lost meanwhile.

const QUIET = 4_000;
const hint = /** @type {HTMLElement | null} */ (document.querySelector("[data-reconnecting]"));
let timer = 0;

function away() {
  delete hint?.dataset.line;
  timer ||= setTimeout(() => { if (hint) hint.textContent = hint.dataset.reconnecting ?? ""; }, QUIET);
}

if (hint) {
  away();
  document.addEventListener("live:lost", away);
  document.addEventListener("live:subscribed", () => {
    clearTimeout(timer);
    timer = 0;
    hint.textContent = "";
    hint.dataset.line = "up";
  });
  // Back from the history it is not away yet.
  addEventListener("pagehide", () => { clearTimeout(timer); timer = 0; });
}
