// Shows the progress of an answer: its state, and the thoughts before it.

const STILL_ANSWERING_AFTER_SECONDS = 7;
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
  article.heardAt = Date.now();
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

// A tool call that waits for somebody says so once, wherever the focus is.

const announced = new Set();

log.addEventListener("htmx:after:settle", ({ target }) => {
  for (const consent of target.id.startsWith("tail-") ? target.querySelectorAll(".consent") : []) {
    if (!announced.has(consent.id)) status.textContent = consent.getAttribute("aria-label");
    announced.add(consent.id);
  }
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

log.addEventListener("quiet", ({ target, detail }) => {
  articleOf(target).heardAt = Date.now() - Number.parseFloat(detail.data) * 1000; // still ahead while the answer pauses
  import("./waiting-time.js").catch(() => undefined);
});

log.addEventListener("htmx:sse:after:message", ({ target, detail }) => {
  if (!detail.message.event && target.isConnected) articleOf(target).heardAt = Date.now();
});

// Each second. Once, for screen readers, that it is still answering.

const firstSeen = new WeakMap();

function secondsSinceSeen(element) {
  if (!firstSeen.has(element)) firstSeen.set(element, Date.now());
  return secondsSince(firstSeen.get(element));
}

setInterval(() => {
  for (const label of log.querySelectorAll(".thoughts[open] [data-over]")) secondsSinceSeen(label);
  for (const stream of streams()) {
    const article = articleOf(stream);
    const isLong = secondsSinceSeen(stream) >= STILL_ANSWERING_AFTER_SECONDS;
    const quiet = Number(article.querySelector(".waiting")?.dataset.quiet ?? 0); // when the page was made
    article.heardAt ??= Date.now() - quiet * 1000;
    if (isLong || quiet) import("./waiting-time.js").catch(() => undefined); // with the next second
    if (stream.isStill || !isLong) continue;
    stream.isStill = true;
    status.textContent = status.dataset.still;
  }
}, 1000);
