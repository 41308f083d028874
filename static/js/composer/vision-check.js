// Said before sending, not after an upload: that a model cannot see pictures; with one press to a model that can.
// The words come from templates/chat/_composer.html and _earlier_pictures.html.

/** Look at the chosen model, the pictures that wait, and those that would go along from above. */
export function checkSight(composer) {
  const model = composer.model.selectedOptions[0];
  const isBlind = !model?.hasAttribute("data-sees-images");
  const sight = composer.querySelector("#sight");
  const earlier = composer.querySelector("#earlier > [data-blind]");
  for (const chip of composer.querySelectorAll(".chip:has([name='kept'])")) chip.classList.toggle("blind", isBlind);
  if (earlier) earlier.hidden = isBlind;
  const words = composer.pictureCount ? sight.dataset.blind : earlier?.dataset.blind;
  sight.hidden = !isBlind || !words;
  if (sight.hidden) return;
  sight.querySelector("span").textContent = words.replace("{model}", nameOf(model));
  offer(composer, sight.querySelector("button"));
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
