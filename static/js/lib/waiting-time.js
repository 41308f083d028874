// Says for how long nothing has come of an answer: templates/messages/_waiting.html. Answers that come quickly do without.

const STILL_WAITING_AFTER_SECONDS = 10; // as in chat/streaming/presenter.py
const SILENT_AFTER_SECONDS = 10;

const log = document.querySelector("#log");
const silentSince = new WeakMap(); // not a byte from OpenRouter: false while it is at work, undefined where that is not known
const secondsSince = (time) => Math.floor((Date.now() - time) / 1000);

function showWaiting(article) {
  const waiting = article.querySelector(".waiting");
  if (!waiting || !article.heardAt) return; // lib/answer-progress.js sets it when something comes
  const seconds = secondsSince(article.heardAt);
  const isLong = seconds >= STILL_WAITING_AFTER_SECONDS;
  waiting.toggleAttribute("data-long", isLong); // or it is not to be seen beside an answer
  const sentence = waiting.firstElementChild;
  const since = silentSince.get(article);
  const late = since === undefined ? "still" : since ? "silent" : "working";
  const words = sentence.dataset[isLong ? late : seconds < 0 ? "paused" : "first"];
  sentence.textContent = words.replace("{seconds}", Math.abs(seconds)).replace("{silent}", secondsSince(since));
}

log.addEventListener("quiet", ({ target, detail }) => {
  const article = target.closest("article");
  const [quiet, silent] = detail.data.split(" ").map(Number);
  article.heardAt = Date.now() - quiet * 1000;
  if (silent !== undefined) silentSince.set(article, silent >= SILENT_AFTER_SECONDS && Date.now() - silent * 1000);
  showWaiting(article);
});

log.addEventListener("htmx:sse:after:message", ({ target, detail }) => {
  if (detail.message.event || !target.isConnected) return;
  const article = target.closest("article");
  silentSince.delete(article);
  showWaiting(article);
});

function showAll() {
  for (const stream of log.querySelectorAll("[id^='sse-']")) showWaiting(stream.closest("article"));
}

showAll();
setInterval(showAll, 1000);
