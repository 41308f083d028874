// Says that a message costs far more than is usual in its chat, and offers what would make it cheaper.

import { Draft } from "./drafts.js";

const LEAST_ANSWERS = 3; // to say what is usual
const COSTLY = 10; // times what is usual
const LEAST_DOLLARS = 0.01;

/** Show the warning if these models would cost far more for the message than is usual in this chat, or hide it. */
export function showIfCostly(composer, models, money) {
  const answers = document.querySelectorAll("#log [data-cost]");
  const warning = composer.querySelector("#costly");
  const price = priceOf(models, median(answers, "tokensOut"));
  warning.hidden = answers.length < LEAST_ANSWERS || !models[0]?.message || !(price >= Math.max(LEAST_DOLLARS, COSTLY * median(answers, "cost")));
  if (warning.hidden) return;
  const words = warning.dataset.costly.replace("{price}", money(Number(price.toPrecision(1))));
  const place = warning.firstElementChild;
  if (place.textContent !== words) place.textContent = words; // a screen reader reads it again
  offerWithoutImages(composer, warning);
  warning.querySelector("a").onclick = () => moveToNewChat(composer);
  offerCheaper(composer, warning.querySelector("[data-cheaper]"));
}

/** Dollars for the message and an answer of that many tokens, by all models. */
function priceOf(models, tokens) {
  const each = ({ history, message, page, priceIn, priceOut }) => (history + message) * priceIn + Math.min(tokens, page) * priceOut;
  return models.reduce((sum, model) => sum + each(model) / 1e6, 0);
}

function median(answers, name) {
  const values = Array.from(answers, ({ dataset }) => Number(dataset[name])).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

function offerWithoutImages(composer, warning) {
  const button = warning.querySelector("[data-without-images]");
  const excludes = () => composer.querySelector("#earlier [data-blind] button");
  button.hidden = !excludes();
  button.onclick = () => excludes()?.click();
}

/** Move the draft to a new chat. Return false, which keeps the browser here, if it can't be stored there. */
function moveToNewChat(composer) {
  const isStored = new Draft(composer.dataset.person, "/").write(composer.contents);
  if (!isStored) return false;
  composer.take();
  composer.outbox.save();
  return true;
}

async function offerCheaper(composer, place) {
  const hasImages = composer.imageCount || composer.querySelector("#earlier [data-blind]");
  const tokens = composer.querySelector("#chat-tokens").textContent;
  const query = new URLSearchParams({ model: composer.model.value, images: hasImages ? 1 : 0, tokens });
  if (place.dataset.query === String(query)) return;
  place.dataset.query = query;
  place.replaceChildren();
  const response = await fetch(`${place.dataset.cheaper}?${query}`).catch(() => undefined);
  if (!response?.ok || place.dataset.query !== String(query)) return;
  place.innerHTML = await response.text(); // the server's own
  const button = place.querySelector("button");
  const isListed = [...composer.model.options].some(({ value }) => value === button?.value);
  if (button && isListed) button.onclick = () => choose(composer, button.value);
  else place.replaceChildren();
}

function choose(composer, id) {
  composer.model.value = id;
  composer.model.dispatchEvent(new Event("change", { bubbles: true }));
  composer.field.focus({ preventScroll: true });
}
