// Of what the estimate below the field is made: a list that opens with a press on it.

/** Show the list with what composer/estimate.js knows of `models`. Prices are those of all, tokens those of the first. */
export function show(composer, models, money) {
  const [first] = models;
  const list = composer.querySelector("#estimate-parts tbody");
  const language = document.documentElement.lang;
  const inTokens = (count) => count.toLocaleString(language, { numberingSystem: "latn" });
  for (const row of list.querySelectorAll(":not([data-part='made'])[data-part]")) {
    const name = row.dataset.part;
    const [, tokens, price] = row.children;
    const words = name === "history" ? list.dataset.counted : list.dataset.tokens;
    const dollars = models.reduce((sum, model) => sum + dollarsFor(model, name), 0);
    row.hidden = !first[name];
    tokens.textContent = name === "ocr" ? "" : words.replace("{tokens}", inTokens(first[name]));
    price.textContent = dollars ? `~${money(dollars)}` : "";
  }
  const made = list.querySelector('[data-part="made"]');
  const each = models.reduce((sum, { imageOut = 0 }) => sum + Number(imageOut), 0);
  made.hidden = !each;
  made.lastElementChild.textContent = `~${money(each)}`;
  const images = list.querySelector('[data-part="images"] > th');
  const form = new Intl.PluralRules(language).select(composer.imageCount);
  images.textContent = (images.dataset[form] ?? "").replace("{n}", composer.imageCount);
}

function dollarsFor(model, name) {
  if (name === "ocr") return model.ocr;
  return (model[name] * (name === "page" ? model.priceOut : model.priceIn)) / 1e6;
}
