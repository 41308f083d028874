// Says before sending, not after an upload, that a model does not accept images; one press chooses a model that does.

/** Look at the chosen model, the attached images, and those above that would be sent again. */
export function checkVision(composer) {
  const model = composer.model.selectedOptions[0];
  const isBlind = !model?.hasAttribute("data-sees-images");
  const warning = composer.querySelector("#sight");
  const earlier = composer.querySelector("#earlier > [data-blind]");
  for (const chip of composer.querySelectorAll(".chip.picture")) chip.classList.toggle("blind", isBlind);
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
