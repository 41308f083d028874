// Editing a message in place: where the focus goes, and what the keys do. Loaded with the first press of Edit.

const log = document.querySelector("#log");
const CONTROLS = ".edit, [data-edit], [data-cancel]";

// Into the field that was asked for, and from there back to where one was; not for what arrives elsewhere meanwhile.
let isEditing = false;
log.addEventListener("htmx:before:swap", ({ target }) => (isEditing ||= target.matches(CONTROLS)));
log.addEventListener("htmx:after:swap", ({ target }) => {
  if (!isEditing || target.parentElement !== log) return;
  isEditing = false;
  const isLost = document.activeElement === document.body;
  focus(target.querySelector(isLost ? ".edit textarea, [data-edit]" : ".edit textarea"));
});
focus(log.querySelector(".edit textarea")); // the first one may have come before this module

/** With the caret at the end of a text, where most people go on. */
function focus(element) {
  element?.focus();
  element?.setSelectionRange?.(element.value.length, element.value.length);
}

log.addEventListener("keydown", (event) => {
  const form = event.target.closest(".edit");
  if (!form) return;
  const action = { s: "save", Enter: "ask" }[(event.ctrlKey || event.metaKey) && event.key];
  const control = event.key === "Escape" ? "[data-cancel]" : action && `[value="${action}"]`;
  if (!control) return;
  event.preventDefault();
  form.querySelector(control).click();
});
