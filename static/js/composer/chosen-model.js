// Shows what depends on the chosen model, once that is another than the page began with, or does not accept images.

export function showModel(composer) {
  for (const place of document.querySelectorAll("#chat-model, .chosen")) place.textContent = composer.modelName;
  showSearchPrice(composer);
  checkVision(composer);
}

export function showSearchPrice({ form, model }) {
  const { dataset } = form.elements.web;
  const own = "native" in dataset && model.selectedOptions[0]?.dataset.search; // of a search by its provider
  for (const place of document.querySelectorAll(".search-price")) place.textContent = own || dataset.price;
}

/** Say before sending, not after an upload, that it does not accept images; one press chooses a model that does. */
function checkVision(composer) {
  const model = composer.model.selectedOptions[0];
  const isBlind = !model?.hasAttribute("data-sees-images");
  const warning = composer.querySelector("#image-warning");
  const earlier = composer.querySelector("#earlier > [data-blind]");
  for (const chip of composer.querySelectorAll(".chip.image")) chip.classList.toggle("blind", isBlind);
  if (earlier) earlier.hidden = isBlind;
  const words = composer.imageCount ? warning.dataset.blind : earlier?.dataset.blind;
  warning.hidden = !isBlind || !words;
  if (warning.hidden) return;
  warning.querySelector("span").textContent = words.replace("{model}", nameOf(model));
  offer(composer, warning.querySelector("button"));
}

function offer(composer, button) {
  const other = [...composer.model.options].find(({ value }) => value === button.value);
  button.hidden = !other;
  if (!other) return;
  button.textContent = button.dataset.use.replace("{model}", nameOf(other));
  button.onclick = () => {
    composer.model.value = other.value;
    composer.model.dispatchEvent(new Event("change", { bubbles: true }));
    composer.field.focus({ preventScroll: true });
  };
}

function nameOf(option) {
  return option?.textContent.split(" · ")[0] ?? "";
}
