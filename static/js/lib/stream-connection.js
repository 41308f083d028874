// Keeps running answers connected. The htmx extension reconnects by itself, but only to a stream that it once reached. It
// also takes any response for a stream, and a silent connection, as after a sleep, for one that is alive.

const RECONNECTING_AFTER_MS = 3000;
const LONGEST_PAUSE_MS = 10_000;
const DEAD_AFTER_MS = 40_000; // the server says something every 15 s
const MOST_CONNECTIONS = 4;
const GUEST_STAYS_MS = 300;
const GUEST_RETURNS_AFTER_MS = 4000;

const log = document.querySelector("#log");
const composer = document.querySelector("chat-composer");
const streams = () => log.querySelectorAll("[id^='sse-']");
const states = new WeakMap(); // of a stream: { connection, heardAt, emptyTries: connections in a row that brought nothing }

let troubleTimer;

function noteTrouble() {
  troubleTimer ??= setTimeout(() => composer.note(composer.dataset.reconnecting), RECONNECTING_AFTER_MS);
}

function connected() {
  clearTimeout(troubleTimer);
  troubleTimer = undefined;
  if (composer.noteText === composer.dataset.reconnecting) composer.note("");
}

function tryAgain({ detail: { ctx } }) {
  const stream = ctx?.sourceElement;
  if (!stream?.id.startsWith("sse-") || !stream.isConnected) return;
  noteTrouble();
  stream.pause = Math.min((stream.pause ?? 500) * 2, LONGEST_PAUSE_MS);
  setTimeout(() => htmx.process(stream), stream.pause);
}

log.addEventListener("htmx:error", tryAgain);
log.addEventListener("htmx:after:request", tryAgain); // is not sent for a stream, so this was another page

log.addEventListener("htmx:sse:before:connection", ({ target, detail: { connection } }) => {
  if (connection.attempt && !connection.isGuest) noteTrouble();
  freeSlot(target);
});

log.addEventListener("htmx:sse:after:connection", ({ target, detail: { connection } }) => {
  const emptyTries = (states.get(target)?.emptyTries ?? -1) + 1;
  states.set(target, { connection, heardAt: Date.now(), emptyTries });
  queueMicrotask(() => (connection.attempt = emptyTries)); // or a page of a proxy would be asked for twice a second
  if (document.hidden) setTimeout(() => document.dispatchEvent(new Event("visibilitychange"))); // opened in the background
  log.setAttribute("aria-busy", "true");
  connected();
  lastTurn = takeSlot(target, connection);
});

log.addEventListener("htmx:sse:after:message", ({ target, detail: { connection } }) => {
  states.set(target, { connection, heardAt: Date.now(), emptyTries: -1 });
  connection.attempt = 0;
});

log.addEventListener("done", connected);

setInterval(() => streams().forEach(closeIfDead), 1000);

function closeIfDead(stream) {
  const state = states.get(stream);
  if (!state?.connection.reader || Date.now() - state.heardAt < DEAD_AFTER_MS) return;
  state.heardAt = Date.now();
  state.connection.reader.cancel();
}

addEventListener("online", () => {
  for (const stream of streams()) states.get(stream)?.connection.delayCanceller?.();
});

// Over HTTP/1.1 a browser has six connections to a site, for all its windows. Four may stay open while an answer comes in;
// others are guests, which look in now and then. (Locks need https, or localhost.)

const hasFewConnections = performance.getEntriesByType("navigation")[0]?.nextHopProtocol === "http/1.1" && navigator.locks;
let lastTurn; // answers side by side connect at the same moment

async function takeSlot(stream, connection) {
  await lastTurn;
  if (!hasFewConnections || connection.freeSlot) return;
  const take = () => stream.isConnected && new Promise((free) => (connection.freeSlot = free)); // or it has ended
  const { held } = await navigator.locks.query();
  const isGuest = held.filter(({ name }) => name.startsWith("line ")).length >= MOST_CONNECTIONS;
  connection.isGuest = isGuest;
  connection.config.reconnectDelay = isGuest ? GUEST_RETURNS_AFTER_MS : 500;
  if (isGuest) setTimeout(() => connection.reader?.cancel(), GUEST_STAYS_MS);
  else navigator.locks.request(`line ${crypto.randomUUID()}`, take);
}

function freeSlot(stream) {
  const { connection } = states.get(stream) ?? {};
  connection?.freeSlot?.();
  delete connection?.freeSlot;
}

for (const kind of ["done", "htmx:sse:close"]) log.addEventListener(kind, ({ target }) => freeSlot(target));
document.addEventListener("visibilitychange", () => document.hidden && streams().forEach(freeSlot));

// The response to a message is the stream of its answer, with HTML before it (chat/views/messages.py).

let sent; // { id, stream }: which one that is, the first in the HTML

export async function fetchSent(address, options) {
  const response = await fetch(address, options);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response;
  const reader = response.clone().body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n\n")) {
    const { value, done } = await reader.read();
    if (done) throw new TypeError();
    text += value;
  }
  reader.cancel();
  const html = text.split("\n\n", 1)[0].replace(/^(event: html\ndata|data): /gm, "");
  sent = { id: html.match(/"(sse-[^"]+)"/)?.[1], stream: response.body };
  const page = new Response(html, response);
  page.headers.set("Content-Type", "text/html");
  return page;
}

log.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
  if (!target.id || target.id !== sent?.id) return;
  const { stream } = sent;
  sent = undefined;
  ctx.fetch = async () => new Response(stream, { headers: { "Content-Type": "text/event-stream" } }); // and no others
});
