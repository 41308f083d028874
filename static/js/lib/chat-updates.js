// Fetches what was added, changed or removed in this chat elsewhere, and what an answer cost whose stream did not say. The
// page says what it shows; the server sends what that lacks, mostly nothing.

import { whatIsShown } from "../composer/pending-message.js";

const PAUSES_MS = [3000, 3000, 5000, 10_000, 15_000, 30_000, 60_000, 60_000]; // OpenRouter's record takes a while

const log = document.querySelector("#log");
const composer = document.querySelector("chat-composer");

let isUpdating;

/** Bring the page up to date. */
export async function update() {
  const isOnlyPart = log.querySelector(":scope > #newer, :scope > article:not([id])"); // or a message is on its way
  if (isUpdating || isOnlyPart || composer.path === "/" || !whatIsShown()) return;
  isUpdating = true;
  const values = { shown: whatIsShown(), branch: composer.form.elements.branch?.value ?? "" };
  try {
    await htmx.ajax("GET", `${composer.path}messages/`, { source: log, target: log, swap: "beforeend", values });
  } finally {
    isUpdating = false;
  }
}

// A message that is sent meanwhile comes back with all of it.
document.addEventListener("sent", () => log.dispatchEvent(new Event("htmx:abort")));

let timer;

/** Ask now and then, for some minutes, what an answer cost. */
export function awaitCost(turn = 0) {
  clearTimeout(timer);
  if (turn >= PAUSES_MS.length || document.hidden || !log.querySelector("[data-bill]")) return;
  timer = setTimeout(() => update().then(() => awaitCost(turn + 1)), PAUSES_MS[turn]);
}
