// Shows the progress of an answer: its state, the thoughts before it, and for how long nothing has come.

const STILL_ANSWERING_AFTER_SECONDS = 7;
const STILL_WAITING_AFTER_SECONDS = 10; // as in chat/streaming/presenter.py
const SILENT_AFTER_SECONDS = 10;
const NEAR_END_PX = 20;
const INTENT_PX = 3;

const log = document.querySelector("#log");
const status = document.querySelector("#status");
const streams = () => [...log.querySelectorAll("[id^='sse-']")];
const articleOf = (element) => element.closest("article");
const secondsSince = (time) => Math.floor((Date.now() - time) / 1000);

// The stream names two moments: the first content, and the end.

log.addEventListener("state", ({ target, detail }) => {
  const article = articleOf(target);
  article.dataset.state = detail.data;
  somethingCame(article);
});

log.addEventListener("done", ({ target, detail }) => {
  const article = articleOf(target);
  article.dataset.state = detail.data;
  foldThoughts(article);
  stopFollowing(article.querySelector(".window"));
  target.remove();
  log.setAttribute("aria-busy", streams().length > 0);
});

// Thoughts fold when the answer begins. Whoever opens them later keeps them open.

const folded = new WeakSet();

function foldThoughts(article) {
  if (folded.has(article)) return;
  folded.add(article);
  const thoughts = article.querySelector(".thoughts");
  const label = thoughts.querySelector("[data-over]");
  thoughts.removeAttribute("open");
  if (article.dataset.state === "streaming") {
    label.textContent = label.dataset.over.replace("{seconds}", Math.max(1, secondsSinceSeen(label)));
  }
}

log.addEventListener("htmx:after:settle", ({ target }) => {
  if (/^(done|tail)-/.test(target.id) && target.hasChildNodes()) foldThoughts(articleOf(target));
});

// Until then they run in a window that follows its own end, until the reader scrolls up in it.

const lastTops = new WeakMap(); // of a window: where its reader was last seen
const released = new WeakSet(); // windows whose readers want to be elsewhere than at the end

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => follow(target.parentElement)));

log.addEventListener("htmx:sse:after:connection", ({ target }) => {
  sizes.observe(articleOf(target).querySelector(".window > div"));
});

function follow(view) {
  if (!released.has(view)) view.scrollTop = view.scrollHeight;
  note(view);
}

function note(view) {
  lastTops.set(view, view.scrollTop);
  view.toggleAttribute("data-cut", view.scrollTop > 0); // something is above: it fades there
}

function scrolled({ target: view }) {
  if (!view.matches(".window")) return;
  const moved = view.scrollTop - (lastTops.get(view) ?? 0);
  const isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight <= NEAR_END_PX;
  if (isAtEnd) released.delete(view);
  else if (moved <= -INTENT_PX) released.add(view);
  if (view.closest("[data-state='streaming']")) note(view);
}

log.addEventListener("scroll", scrolled, { capture: true, passive: true });

function stopFollowing(view) {
  sizes.unobserve(view.firstElementChild);
  view.removeAttribute("data-cut");
}

// For how long nothing has come: templates/messages/_waiting.html

const quietSince = new WeakMap(); // of an article: nothing of its answer has come; still ahead while the answer pauses
const silentSince = new WeakMap(); // not a byte from OpenRouter: false while it is at work, undefined where that is not known

function somethingCame(article) {
  quietSince.set(article, Date.now());
  silentSince.delete(article);
  showWaiting(article);
}

function showWaiting(article) {
  const waiting = article.querySelector(".waiting");
  if (!waiting) return;
  if (!quietSince.has(article)) quietSince.set(article, Date.now() - waiting.dataset.quiet * 1000);
  const seconds = secondsSince(quietSince.get(article));
  const isLong = seconds >= STILL_WAITING_AFTER_SECONDS;
  waiting.toggleAttribute("data-long", isLong); // or it is not to be seen beside an answer
  const sentence = waiting.firstElementChild;
  const since = silentSince.get(article);
  const late = since === undefined ? "still" : since ? "silent" : "working";
  const words = sentence.dataset[isLong ? late : seconds < 0 ? "paused" : "first"];
  sentence.textContent = words.replace("{seconds}", Math.abs(seconds)).replace("{silent}", secondsSince(since));
}

log.addEventListener("quiet", ({ target, detail }) => {
  const article = articleOf(target);
  const [quiet, silent] = detail.data.split(" ").map(Number);
  quietSince.set(article, Date.now() - quiet * 1000);
  if (silent !== undefined) silentSince.set(article, silent >= SILENT_AFTER_SECONDS && Date.now() - silent * 1000);
  showWaiting(article);
});

log.addEventListener("htmx:sse:after:message", ({ target, detail }) => {
  if (!detail.message.event && target.isConnected) somethingCame(articleOf(target));
});

// Each second: the words above, and once, for screen readers, that it is still answering.

const firstSeen = new WeakMap();

function secondsSinceSeen(element) {
  if (!firstSeen.has(element)) firstSeen.set(element, Date.now());
  return secondsSince(firstSeen.get(element));
}

setInterval(() => {
  for (const label of log.querySelectorAll(".thoughts[open] [data-over]")) secondsSinceSeen(label);
  for (const stream of streams()) {
    showWaiting(articleOf(stream));
    if (stream.isStill || secondsSinceSeen(stream) < STILL_ANSWERING_AFTER_SECONDS) continue;
    stream.isStill = true;
    status.textContent = status.dataset.still;
  }
}, 1000);
