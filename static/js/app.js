// What the page does while answers arrive. htmx and its stream extension put the HTML in place (see templates/chat/_answer.html);
// what is left: the state of an article, the words for who waits, and the way back to a broken stream.

import "./elements/composer.js";
import "./elements/transcript.js";

const STILL_WAITING_AFTER_SECONDS = 9;
const STILL_ANSWERING_AFTER_SECONDS = 7;
const RECONNECTING_AFTER_MS = 3000;
const LONGEST_PAUSE_MS = 30_000;

const log = document.querySelector("#log");
const status = document.querySelector("#status");
const composer = document.querySelector("chat-composer");

// The stream names two moments: the first content, and the end.

log.addEventListener("state", ({ target, detail }) => {
  const article = target.closest("article");
  article.dataset.state = detail.data;
});

log.addEventListener("done", ({ target, detail }) => {
  const article = target.closest("article");
  article.dataset.state = detail.data;
  foldThoughts(article);
  article.querySelector("[aria-live]")?.removeAttribute("aria-live");
  target.remove();
  composer.restoreFocus();
});

// Thoughts are open until the answer begins. Whoever opens them later keeps them open.

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
  if (/^(done|tail)-/.test(target.id) && target.hasChildNodes()) foldThoughts(target.closest("article"));
});

// Something true is always said to who waits.

const firstSeen = new WeakMap();

function secondsSinceSeen(element) {
  if (!firstSeen.has(element)) firstSeen.set(element, Date.now());
  return Math.floor((Date.now() - firstSeen.get(element)) / 1000);
}

setInterval(() => {
  for (const label of log.querySelectorAll(".thoughts[open] [data-over]")) secondsSinceSeen(label);
  for (const stream of log.querySelectorAll("[id^='sse-']")) {
    if (secondsSinceSeen(stream) === STILL_ANSWERING_AFTER_SECONDS) status.textContent = status.dataset.still;
  }
  for (const line of log.querySelectorAll("[data-state='waiting'] .waiting")) {
    const seconds = secondsSinceSeen(line) + Number(line.dataset.waited);
    if (seconds >= STILL_WAITING_AFTER_SECONDS) line.textContent = line.dataset.still.replace("{seconds}", seconds);
  }
}, 1000);

// The extension comes back by itself, but only to a stream that it once reached: the first try is repeated here.

let troubleTimer;

function trouble() {
  troubleTimer ??= setTimeout(() => composer.note(composer.dataset.reconnecting), RECONNECTING_AFTER_MS);
}

function reached() {
  clearTimeout(troubleTimer);
  troubleTimer = undefined;
  if (composer.noteText === composer.dataset.reconnecting) composer.note("");
}

function tryAgain({ detail: { ctx } }) {
  const stream = ctx?.sourceElement;
  if (!stream?.id.startsWith("sse-") || !stream.isConnected) return;
  trouble();
  stream.pause = Math.min((stream.pause ?? 500) * 2, LONGEST_PAUSE_MS);
  setTimeout(() => htmx.process(stream), stream.pause);
}

log.addEventListener("htmx:error", tryAgain);
log.addEventListener("htmx:after:request", tryAgain); // is not sent for a stream, so this was another page
log.addEventListener("htmx:sse:before:connection", ({ detail }) => detail.connection.attempt && trouble());
log.addEventListener("htmx:sse:after:connection", reached);
log.addEventListener("done", reached);

// Finished code can be copied.

function addCopyButtons(root) {
  for (const bar of root.querySelectorAll("[id^='done-'] .code-bar:not(:has(button))")) {
    bar.append(document.querySelector("#copy").content.cloneNode(true));
  }
}

addCopyButtons(log);
log.addEventListener("htmx:after:settle", ({ target }) => target.id.startsWith("done-") && addCopyButtons(log));
log.addEventListener("click", async ({ target }) => {
  const button = target.closest(".copy");
  if (button) (await import("./lib/copy.js")).copyCode(button);
});
