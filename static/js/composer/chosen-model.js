// Shows which model is chosen, once it is another than the page began with, and what a search of the web costs with it.

export function showModel(composer) {
  for (const place of document.querySelectorAll("#chat-model, .chosen")) place.textContent = composer.modelName;
  composer.note("");
  showSearchPrice(composer);
}

export function showSearchPrice({ form, model }) {
  const { dataset } = form.elements.web;
  const own = "native" in dataset && model.selectedOptions[0]?.dataset.search; // of a search by its provider
  for (const place of document.querySelectorAll(".search-price")) place.textContent = own || dataset.price;
}
