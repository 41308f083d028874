// What the page does while answers arrive. htmx and its stream extension put the HTML in place (see templates/chat/_answer.html);
// what is left: the state of an article, the words for who waits, and the way back to a broken stream.

import "./elements/composer.js";
import "./elements/transcript.js";

const STILL_ANSWERING_AFTER_SECONDS = 7;
const RECONNECTING_AFTER_MS = 3000;
const LONGEST_PAUSE_MS = 10_000;
const LINE_IS_DEAD_AFTER_MS = 40_000; // the server says something every 15 s
const MOST_LINES = 4;
const GUEST_STAYS_MS = 300;
const GUEST_RETURNS_AFTER_MS = 4000;

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
  target.remove();
  log.setAttribute("aria-busy", Boolean(log.querySelector("[id^='sse-']")));
  composer.restoreFocus();
  htmx.trigger("#chat-list", "look"); // it stands elsewhere now, and may get a title
  awaitCost();
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
    if (!stream.isStill && secondsSinceSeen(stream) >= STILL_ANSWERING_AFTER_SECONDS) {
      stream.isStill = true;
      status.textContent = status.dataset.still;
    }
    leaveIfDead(stream);
  }
}, 1000);

// The way back to a broken stream. The extension comes back by itself, but only to a stream that it once reached: the
// first try is repeated here. It also takes any answer for a stream, and a line on which nothing comes for one that is
// alive: after a sleep, or in a train, nobody may ever have said that it ended.

const lines = new WeakMap(); // of a stream: { connection, heardAt, barren }

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

function connected({ target, detail: { connection } }) {
  const barren = (lines.get(target)?.barren ?? -1) + 1; // connections in a row that brought nothing
  lines.set(target, { connection, heardAt: Date.now(), barren });
  queueMicrotask(() => (connection.attempt = barren)); // or a page of a proxy would be asked for twice a second
  if (document.hidden) setTimeout(() => document.dispatchEvent(new Event("visibilitychange"))); // opened in the background
  log.setAttribute("aria-busy", "true");
  reached();
  takePlace(connection);
  import("./lib/waiting-status.js");
  import("./lib/thoughts.js").then(({ watchThoughts }) => target.isConnected && watchThoughts(target.closest("article")));
}

// Over HTTP/1.1 a browser has six lines to a site, for all its windows: four may keep one while an answer comes in, the
// others look in from time to time. Or the next page would not open. (Locks need https, or localhost.)

const hasFewLines = performance.getEntriesByType("navigation")[0]?.nextHopProtocol === "http/1.1" && navigator.locks;
let givePlaceBack;

async function takePlace(connection) {
  if (!hasFewLines || givePlaceBack) return;
  const { held } = await navigator.locks.query();
  const isGuest = held.filter(({ name }) => name.startsWith("line ")).length >= MOST_LINES;
  connection.isGuest = isGuest;
  connection.config.reconnectDelay = isGuest ? GUEST_RETURNS_AFTER_MS : 500;
  if (isGuest) setTimeout(() => connection.reader?.cancel(), GUEST_STAYS_MS);
  else navigator.locks.request(`line ${crypto.randomUUID()}`, () => new Promise((free) => (givePlaceBack = free)));
}

function leavePlace() {
  givePlaceBack?.();
  givePlaceBack = undefined;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return leavePlace();
  htmx.trigger("#chat-list", "look"); // other tabs and devices may have been busy meanwhile
  comeBack();
});
log.addEventListener("htmx:sse:before:connection", leavePlace);
log.addEventListener("htmx:sse:close", leavePlace);

function heard({ target, detail: { connection } }) {
  lines.set(target, { connection, heardAt: Date.now(), barren: -1 });
  connection.attempt = 0;
}

function leaveIfDead(stream) {
  const line = lines.get(stream);
  if (!line?.connection.reader || Date.now() - line.heardAt < LINE_IS_DEAD_AFTER_MS) return;
  line.heardAt = Date.now();
  line.connection.reader.cancel();
}

log.addEventListener("htmx:error", tryAgain);
log.addEventListener("htmx:after:request", tryAgain); // is not sent for a stream, so this was another page
log.addEventListener("htmx:sse:before:connection", ({ detail: { connection } }) => {
  if (connection.attempt && !connection.isGuest) trouble();
});
log.addEventListener("htmx:sse:after:connection", connected);
log.addEventListener("htmx:sse:after:message", heard);
log.addEventListener("done", reached);
addEventListener("online", () => {
  for (const stream of log.querySelectorAll("[id^='sse-']")) lines.get(stream)?.connection.delayCanceller?.();
});

// A chat may be open elsewhere, too: who comes back to this page sees what happened there, and so does who sends from
// it. What an answer cost that was stopped is known a little later.

const news = () => import("./lib/chat-updates.js").catch(() => undefined); // nobody asked for it: without a line it keeps quiet
let hasLeft = false;

async function comeBack() {
  hasLeft = false;
  await (await news())?.look();
  awaitCost();
}

async function awaitCost() {
  if (log.querySelector("[data-bill]")) (await news())?.watch();
}

addEventListener("blur", () => (hasLeft = true));
addEventListener("focus", () => hasLeft && comeBack());
awaitCost();

// What can be done with a message.

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-copy], [data-menu]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { copyFrom, openMenu } = await import("./lib/message-actions.js");
  if ("copy" in link.dataset) copyFrom(link);
  else openMenu(link);
});

// Into the field that was asked for, and from there back to where one was; not for what arrives elsewhere meanwhile.
let isEditing = false;
log.addEventListener("htmx:before:swap", ({ target }) => (isEditing ||= target.matches(".edit, [data-edit], [data-cancel]")));
log.addEventListener("htmx:after:swap", ({ target }) => {
  if (!isEditing || target.parentElement !== log) return;
  isEditing = false;
  const isLost = document.activeElement === document.body;
  const place = target.querySelector(isLost ? ".edit textarea, [data-edit]" : ".edit textarea");
  place?.focus();
});
log.addEventListener("keydown", (event) => {
  const form = event.target.closest(".edit");
  if (!form || event.isComposing) return;
  const then = { s: "save", Enter: "ask" }[(event.ctrlKey || event.metaKey) && event.key];
  const control = event.key === "Escape" ? "[data-cancel]" : then && `[value="${then}"]`;
  if (!control) return;
  event.preventDefault();
  form.querySelector(control).click();
});

// What did not work is said, whatever it was: a request, or loading what it takes. The field, the search and the streams
// say it in their own words, and the list that looks again keeps quiet.

const ASKED_FOR = ".edit, [data-edit], [data-cancel], [data-stopping], .along, .rename, .toast form, #chat-menu form, body";

function complain(status, asker) {
  const words = composer.dataset[{ 403: "forbidden", 404: "gone" }[status] ?? "notDone"];
  if (!asker?.closest("#chats")) return composer.complain(words);
  const toast = Object.assign(document.createElement("p"), { textContent: words });
  toast.classList.add("toast", "failed");
  document.querySelector("#undo").replaceChildren(toast); // the drawer of a phone covers the field
}

function tellIfItFailed({ type, detail: { ctx } }) {
  const asker = ctx?.sourceElement;
  if (!asker?.matches(ASKED_FOR)) return;
  document.querySelector("#undo > .failed")?.remove();
  if (type === "htmx:error" || !ctx.response.raw.ok) complain(ctx.response?.status, asker);
  else if (Object.values(composer.dataset).includes(composer.errorText)) composer.complain(""); // now it did
}

document.addEventListener("htmx:error", tellIfItFailed);
document.addEventListener("htmx:after:request", tellIfItFailed);
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof TypeError || reason instanceof Response) complain(reason.status); // of import() and fetch()
});

// An image opens over the page. Back closes what lies over the page before it leaves it.

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.(".pictures a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  try {
    await (await import("./lib/image-viewer.js")).view(link);
  } catch {
    location.assign(link.href);
  }
});

const layers = () => import("./lib/overlay-history.js");

function layerMoved({ target }) {
  if (target.matches("dialog, [popover]") && (target.popover ?? "auto") === "auto") layers().then(({ look }) => look(target));
}

document.addEventListener("toggle", layerMoved, { capture: true }); // it does not bubble
if (history.state?.layers) layers(); // left by a page that was loaded anew

// Shortcuts, for who likes them. What they do is loaded with the first one.

const SHORTCUTS = {
  "mod k": "search",
  "mod shift o": "newChat",
  "mod shift m": "chooseModel",
  "mod b": "sidebar",
  "mod shift ;": "copyCode",
  "mod /": "list",
  "shift escape": "write",
  escape: "stop",
  "?": "list",
};
const ON_OTHER_KEYS = { ":": ";" }; // what Shift makes of a key

document.addEventListener("keydown", async (event) => {
  if (event.isComposing || event.defaultPrevented || event.altKey || document.querySelector("[data-no-shortcuts]")) return;
  const isTyping = event.target.closest("input, textarea, select");
  const key = ON_OTHER_KEYS[event.key] ?? event.key.toLowerCase();
  const held = [(event.ctrlKey || event.metaKey) && "mod", event.shiftKey && key !== "?" && "shift"];
  const does = SHORTCUTS[[...held, key].filter(Boolean).join(" ")];
  if (!does || (key === "?" && isTyping)) return;
  if (does !== "stop") event.preventDefault();
  (await import("./lib/shortcuts.js"))[does]();
});

document.addEventListener("click", async (event) => {
  const does = event.target.closest("[data-choose-model]") ? "chooseModel" : event.target.closest(".sidebar-button") && "sidebar";
  if (!does) return;
  event.preventDefault();
  (await import("./lib/shortcuts.js"))[does]();
});

// Buttons that have no words say what they are called; menus hang at their buttons also where no stylesheet can say so.

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, async ({ target, pointerType }) => {
    const button = target.closest?.(".square, .more");
    const isWanted = pointerType ? pointerType === "mouse" : button?.matches(":focus-visible");
    if (!button || !isWanted) return;
    const tips = await import("./lib/tooltips.js").catch(() => undefined); // without a line they are done without
    tips?.tell(button, pointerType ? undefined : 0);
  });
}

if (!CSS.supports("position-area: block-end")) import("./lib/menu-position.js");

// Finished code can be copied, and its long lines wrapped. Blocks that come later are as the last one was wanted.

let wraps = false;

function addCodeTools(blocks) {
  for (const bar of blocks.querySelectorAll("[id^='done-'] .code-bar:not(:has(button))")) {
    bar.append(document.querySelector("#code-tools").content.cloneNode(true));
    bar.querySelector(".wrap").setAttribute("aria-pressed", wraps);
  }
}

const seenBlocks = new WeakSet();

function lookAtNewBlocks({ target }) {
  if (target === log || target.parentElement === log) addCodeTools(log); // of many new messages it is the first, or the link to more
  if (!target.id.startsWith("done-")) return;
  for (let block = target.lastElementChild; block && !seenBlocks.has(block); block = block.previousElementSibling) {
    seenBlocks.add(block);
    addCodeTools(block);
  }
}

addCodeTools(log);
log.addEventListener("htmx:after:settle", lookAtNewBlocks);
log.addEventListener("click", async ({ target }) => {
  const button = target.closest(".code-bar button");
  if (button?.matches(".copy")) (await import("./lib/copy-text.js")).copyCode(button);
  if (!button?.matches(".wrap")) return;
  wraps = button.getAttribute("aria-pressed") !== "true"; // css/chat/code.css does the rest
  button.setAttribute("aria-pressed", wraps);
});

// The list of chats: its days are those of the reader's clock; one menu for all rows, and fields to rename in, come
// when they are wanted; what happened elsewhere is told for a moment.

const zoneCookie = document.querySelector("meta[name='zone-cookie']").content;
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const secure = location.protocol === "https:" ? "; secure" : ""; // demanded by a name that begins with "__Host-"
document.cookie = `${zoneCookie}=${timeZone}; path=/; max-age=31536000; samesite=lax${secure}`;

const toasts = document.querySelector("#toasts");

document.addEventListener("click", async (event) => {
  const more = event.target.closest("#chats .more");
  const title = event.target.closest("h1[data-rename]");
  if (more) (await import("./lib/chat-menu.js")).openMenu(more);
  else if (title) (await import("./lib/chat-menu.js")).rename(title, title.dataset.rename);
});

new MutationObserver(async () => (await import("./lib/toasts.js")).look(toasts)).observe(toasts, { childList: true });
document.addEventListener("click", ({ target }) => {
  const close = target.closest(".toast > .close");
  close?.parentElement.remove();
  if (close) composer.restoreFocus();
});

// The link to the search opens it here, unless somebody wants it in a window of its own.

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("#open-search");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  try {
    await (await import("./lib/search-dialog.js")).openSearch(link);
  } catch (failure) {
    if (!navigator.onLine) throw failure;
    location.assign(link.href);
  }
});
