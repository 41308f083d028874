// Estimates, from characters, what a message costs and how much of the model's context is used.

const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_IMAGE = 1000;
const TOKENS_PER_PAGE = 670; // of 500 words
const LEAST_DOLLARS = 0.0001; // smaller sums are noise
const CENT = 0.01;
const FULL_PERCENT = 70; // as in chat/pages/conversation.py
const WORTH_A_BAR_PERCENT = 5;

export function estimate(composer) {
  const option = composer.model.selectedOptions[0];
  const { text, attachments } = composer.contents;
  const attached = attachments.reduce((sum, one) => sum + one.text.length, 0);
  const history = Number(composer.querySelector("#chat-tokens").textContent) || 0;
  const added = Math.ceil((text.trim().length + attached) / CHARACTERS_PER_TOKEN) + composer.imageCount * TOKENS_PER_IMAGE;
  showPrice(composer.querySelector("#estimate"), composer.allPrices?.() ?? option?.dataset ?? {}, added && history + added);
  showFullness(composer, Number(option?.dataset.room), history, added);
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

function showFullness(composer, limit, history, added) {
  const percent = limit ? Math.round((100 * (history + added)) / limit) : 0;
  const warning = composer.querySelector("#fullness");
  warning.hidden = percent < FULL_PERCENT;
  const words = percent > 100 ? warning.dataset.over : warning.dataset.full;
  warning.firstElementChild.textContent = words.replace("{percent}", percent).replace("{model}", composer.modelName);
  composer.form.classList.toggle("measured", percent >= WORTH_A_BAR_PERCENT && added > 0);
  composer.form.classList.toggle("over", percent > 100);
  composer.form.style.setProperty("--history", `${(100 * history) / limit}%`);
  composer.form.style.setProperty("--here", `${(100 * (history + added)) / limit}%`);
}

/** Say a sum as `money` of chat/formats.py does: "$1.20", and below a cent two digits that matter, "$0.0031". */
export function money(dollars, language = document.documentElement.lang) {
  const format = { style: "currency", currency: "USD", numberingSystem: "latn", useGrouping: true, roundingMode: "halfEven" };
  const rounded = Number(dollars.toPrecision(2));
  const two = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  return dollars.toLocaleString(language, rounded && rounded < CENT ? { ...format, ...two } : format);
}
