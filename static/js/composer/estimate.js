// Estimates what a message costs, by the kinds of its characters and what models make of them.

const WEIGHTS = [ // hundredths of a token for each character: chat/conversations/token_estimate.py
  [/[A-Za-z]+/g, 25],
  [/[!-@[-\x60{-~]+/g, 55],
  [/[\u0080-\u024f\u1e00-\u1eff\u2e80-\ud7ff\uf900-\ufaff]+/g, 75],
  [/[\u0250-\u1dff\u1f00-\u2e7f\ud800-\uf8ff\ufb00-\uffff]+/g, 38],
];
const MESSAGE_TOKENS = 4;
const TOKENS_PER_IMAGE = 1000;
const TOKENS_PER_PAGE = 670; // of 500 words
const LEAST_DOLLARS = 0.0001; // smaller sums are noise
const CENT = 0.01;
const MUCH = 50; // tokens: with fewer there is no more to say

let notes;

const sum = (list, value) => list.reduce((total, one) => total + value(one), 0);

export function estimate(composer) {
  const models = modelsFor(composer);
  showPrice(composer, models);
  if (models.some(({ history, message, imageOut }) => imageOut || history + message >= MUCH)) notes ??= import("./estimate-notes.js");
  notes?.then(({ show }) => show(composer, models, money), () => (notes = undefined));
}

/** The tokens of texts that are sent together. */
export function tokensOf(...texts) {
  return Math.ceil(sum(texts, (text) => sum(WEIGHTS, ([kind, each]) => each * sum(text.match(kind) ?? [], (run) => run.length))) / 100);
}

/** What each model reads, in tokens, with its `data-` attributes. */
function modelsFor(composer) {
  const { text, attachments } = composer.contents;
  const tokens = tokensOf(text, ...attachments.map((one) => one.text));
  const { textContent, dataset } = composer.querySelector("#chat-tokens");
  const known = JSON.parse(dataset.calibration);
  return (composer.asked?.() ?? [...composer.model.selectedOptions]).map(({ value, dataset }) => {
    const [factor, each] = known[value.split(":")[0]] ?? known[value.split("/")[0]] ?? [1, TOKENS_PER_IMAGE];
    const [text, images] = [tokens && Math.ceil((tokens + MESSAGE_TOKENS) * factor), composer.imageCount * each];
    const more = composer.files?.(dataset) ?? { files: 0, ocr: 0 };
    return { ...dataset, ...more, text, images, message: text + images + more.files, history: Number(textContent) || 0, page: TOKENS_PER_PAGE };
  });
}

function showPrice(composer, models) {
  const place = composer.querySelector("#estimate");
  const read = sum(models, ({ history, message, priceIn, ocr }) => ((history + message) * priceIn) / 1e6 + ocr);
  const page = sum(models, ({ page, priceOut }) => (page * priceOut) / 1e6);
  place.hidden = !models[0]?.message || !(read + page >= 0); // no attribute, no number
  if (place.hidden) return;
  const isFree = !(read + page);
  const price = read < LEAST_DOLLARS ? `< ${money(LEAST_DOLLARS)}` : `~${money(read)}`;
  place.firstElementChild.textContent = isFree ? place.dataset.free : price;
  place.lastElementChild.textContent = isFree ? "" : place.dataset.page.replace("{page}", money(page));
  place.onclick = () => import("./estimate-parts.js").then(({ show }) => show(composer, modelsFor(composer), money));
}

/** Say a sum as `money` of chat/formats.py does: "$1.20", and below a cent two digits that matter, "$0.0031". */
export function money(dollars, language = document.documentElement.lang) {
  const format = { style: "currency", currency: "USD", numberingSystem: "latn", useGrouping: true, roundingMode: "halfEven" };
  const rounded = Number(dollars.toPrecision(2));
  const two = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  return dollars.toLocaleString(language, rounded && rounded < CENT ? { ...format, ...two } : format);
}
