// Shows how much of what the model can read the chat and the message fill.

const FULL_PERCENT = 70; // as in chat/pages/composer.py
const WORTH_A_BAR_PERCENT = 5;

/** The first of the models is the one in the field. */
export function showContextUsage(composer, [{ history, message, room } = {}]) {
  const warning = composer.querySelector("#context-usage");
  const percent = room ? Math.round((100 * (history + message)) / room) : 0;
  warning.hidden = percent < FULL_PERCENT;
  const words = percent > 100 ? warning.dataset.over : warning.dataset.full;
  warning.firstElementChild.textContent = words.replace("{percent}", percent).replace("{model}", composer.modelName);
  composer.form.classList.toggle("measured", percent >= WORTH_A_BAR_PERCENT && message > 0);
  composer.form.classList.toggle("over", percent > 100);
  composer.form.style.setProperty("--history", `${(100 * history) / room}%`);
  composer.form.style.setProperty("--here", `${(100 * (history + message)) / room}%`);
}
