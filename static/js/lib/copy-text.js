// Copies text, or the code of a block, to the clipboard.

const CONFIRMED_MS = 1500;

/** Copy the code that stands below the bar of `button`, and say so for a moment. */
export async function copyCode(button) {
  // Without its last line end: in a terminal it would run at once.
  await copy(button.closest(".code-bar").parentElement.querySelector("pre").textContent.trimEnd());
  const name = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = name), CONFIRMED_MS);
}

/** Put text on the clipboard. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http there is no clipboard object.
  const [field, focused] = [document.createElement("textarea"), document.activeElement];
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.focus({ preventScroll: true });
  field.select();
  document.execCommand("copy");
  field.remove();
  focused.focus({ preventScroll: true });
}
