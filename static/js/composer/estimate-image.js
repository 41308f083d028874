// The estimate for models that make images: in place of a page of text, what an image costs.

/** Show dollars for what `models` read, and for an image by each. Of some only images have a price. */
export function showImagePrice(composer, models, money) {
  const place = composer.querySelector("#estimate");
  const sum = (value) => models.reduce((total, model) => total + value(model), 0);
  const read = sum(({ history, message, priceIn = 0 }) => ((history + message) * priceIn) / 1e6);
  const image = sum(({ imageOut = 0 }) => Number(imageOut));
  const [first, second] = place.children;
  place.hidden = !models[0]?.message;
  first.textContent = read ? `~${money(read)}` : "";
  second.textContent = (read ? place.dataset.image : place.dataset.only).replace("{image}", money(image));
}
