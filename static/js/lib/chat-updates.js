// Fetches what was added, changed or removed in this chat elsewhere, and what an answer cost whose stream did not say. The
// page says what it shows; the server sends what that lacks, mostly nothing.

import { whatIsShown } from "../composer/pending-message.js";

const PAUSES_MS = [3000, 3000, 5000, 10_000, 15_000, 30_000, 60_000, 60_000]; // OpenRouter's record takes a while

const log = document.querySelector("#log");
const composer = document.querySelector("chat-composer");

let looking;

/** Bring the page up to date. */
export async function look() {
  const isOnlyPart = log.querySelector(":scope > #newer, :scope > article:not([id])"); // or a message is on its way
  if (looking || isOnlyPart || composer.path === "/" || !whatIsShown()) return;
  looking = true;
  const values = { shown: whatIsShown(), branch: composer.form.elements.branch?.value ?? "" };
  try {
    await htmx.ajax("GET", `${composer.path}messages/`, { source: log, target: log, swap: "beforeend", values });
  } finally {
    looking = false;
  }
}

let waiting;

/** Look again, and again a little later, for what an answer cost. */
export function watch(turn = 0) {
  clearTimeout(waiting);
  if (turn >= PAUSES_MS.length || document.hidden || !log.querySelector("[data-bill]")) return;
  waiting = setTimeout(() => look().then(() => watch(turn + 1)), PAUSES_MS[turn]);
}
