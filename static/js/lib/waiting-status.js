// Whoever waits is told for how long nothing of the answer has come, whether OpenRouter is at work, and what else to do.
// The words come from templates/chat/_waiting.html.

const STILL_WAITING_AFTER_SECONDS = 10; // as in chat/streaming/presenter.py
const SILENT_AFTER_SECONDS = 10;

const log = document.querySelector("#log");

// Since when nothing of an answer has come, and since when not a byte from OpenRouter: false while it is at work,
// undefined where that is not known.

const quietSince = new WeakMap();
const silentSince = new WeakMap();

function somethingCame(article) {
  quietSince.set(article, Date.now());
  silentSince.delete(article);
  tellWhoWaits(article);
}

function tellWhoWaits(article) {
  const waiting = article.querySelector(".waiting");
  if (!waiting) return;
  if (!quietSince.has(article)) quietSince.set(article, Date.now() - waiting.dataset.quiet * 1000);
  const seconds = Math.floor((Date.now() - quietSince.get(article)) / 1000);
  const isLong = seconds >= STILL_WAITING_AFTER_SECONDS;
  waiting.toggleAttribute("data-long", isLong); // or it is not to be seen beside an answer
  if (!isLong) return;
  const line = waiting.firstElementChild;
  const since = silentSince.get(article);
  const words = since === undefined ? line.dataset.still : since ? line.dataset.silent : line.dataset.working;
  line.textContent = words
    .replace("{seconds}", seconds)
    .replace("{silent}", Math.floor((Date.now() - since) / 1000));
}

log.addEventListener("quiet", ({ target, detail }) => {
  const article = target.closest("article");
  const [quiet, silent] = detail.data.split(" ").map(Number);
  quietSince.set(article, Date.now() - quiet * 1000);
  if (silent !== undefined) silentSince.set(article, silent >= SILENT_AFTER_SECONDS && Date.now() - silent * 1000);
  tellWhoWaits(article);
});

log.addEventListener("state", ({ target }) => somethingCame(target.closest("article")));
log.addEventListener("htmx:sse:after:message", ({ target, detail }) => {
  if (!detail.message.event && target.isConnected) somethingCame(target.closest("article"));
});

const running = () => [...log.querySelectorAll("[id^='sse-']")].map((stream) => stream.closest("article"));

setInterval(() => running().forEach(tellWhoWaits), 1000);
