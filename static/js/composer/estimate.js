// What it costs to send this, and how full the model's memory is, before it is sent. Counted from characters: a hint.

const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_PICTURE = 1000;
const TOKENS_PER_PAGE = 670; // of 500 words
const LEAST_DOLLARS = 0.0001; // smaller sums are noise
const CENT = 0.01;
const FULL_PERCENT = 70; // as in chat/pages/conversation.py
const WORTH_A_BAR_PERCENT = 5;

/** Show both for what stands in `composer`. */
export function estimate(composer) {
  const option = composer.model.selectedOptions[0];
  const text = composer.field.value.trim();
  const attached = (composer.texts?.all ?? []).reduce((sum, one) => sum + one.text.length, 0);
  const pictures = composer.pictureCount;
  const history = Number(composer.querySelector("#chat-tokens").textContent) || 0;
  const here = Math.ceil((text.length + attached) / CHARACTERS_PER_TOKEN) + pictures * TOKENS_PER_PICTURE;
  showPrice(composer.querySelector("#estimate"), option?.dataset ?? {}, here && history + here);
  showRoom(composer, Number(option?.dataset.room), history, here);
}

function showPrice(place, { priceIn, priceOut }, tokens) {
  place.hidden = !tokens || !(priceIn >= 0 && priceOut >= 0); // no attribute, no number
  if (place.hidden) return;
  const isFree = !Number(priceIn) && !Number(priceOut);
  const [read, page] = [(tokens * priceIn) / 1e6, money((TOKENS_PER_PAGE * priceOut) / 1e6)];
  const price = read < LEAST_DOLLARS ? `< ${money(LEAST_DOLLARS)}` : `~${money(read)}`;
  place.firstElementChild.textContent = isFree ? place.dataset.free : price;
  place.lastElementChild.textContent = isFree ? "" : place.dataset.page.replace("{page}", page);
}

function showRoom(composer, room, history, here) {
  const percent = room ? Math.round((100 * (history + here)) / room) : 0;
  const line = composer.querySelector("#fullness");
  line.hidden = percent < FULL_PERCENT;
  const words = percent > 100 ? line.dataset.over : line.dataset.full;
  line.firstElementChild.textContent = words.replace("{percent}", percent).replace("{model}", composer.modelName);
  composer.form.classList.toggle("measured", percent >= WORTH_A_BAR_PERCENT && here > 0);
  composer.form.classList.toggle("over", percent > 100);
  composer.form.style.setProperty("--history", `${(100 * history) / room}%`);
  composer.form.style.setProperty("--here", `${(100 * (history + here)) / room}%`);
}

/** Say a sum as `money` of chat/formats.py does: "$1.20", and below a cent two digits that matter, "$0.0031". */
export function money(dollars, language = document.documentElement.lang) {
  const format = { style: "currency", currency: "USD", numberingSystem: "latn", useGrouping: true, roundingMode: "halfEven" };
  const rounded = Number(dollars.toPrecision(2));
  const two = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  return dollars.toLocaleString(language, rounded && rounded < CENT ? { ...format, ...two } : format);
}
