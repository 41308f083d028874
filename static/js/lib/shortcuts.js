// What the keyboard shortcuts do. app.js hears the keys; chat/views/shortcuts.py lists them for people.

const TWICE_WITHIN_MS = 1000;

const one = (selector) => document.querySelector(selector);

export function search() {
  one("#open-search")?.click();
}

export function newChat() {
  location.assign("/");
}

/** Open the dialog over `field`, a list of models that was pressed, or else over that of the composer. */
export async function chooseModel(field) {
  if (field && matchMedia("(pointer: fine)").matches) field.focus(); // it gets the focus back; a finger's would open its own list
  const { openPicker } = await import("./model-picker.js").catch(() => ({ openPicker: showNativeList }));
  await openPicker(field ?? one("#model"));
}

function showNativeList(field) {
  field.focus();
  field.showPicker?.();
}

/** Hide or show the list of chats: beside the page, where this browser remembers it, or over it. */
export function sidebar() {
  const [house, chats, button] = [one(".house"), one("#chats"), one(".sidebar-button")];
  if (!button.checkVisibility()) return chats.togglePopover();
  const hadFocus = chats.contains(document.activeElement);
  const [now, next] = house.dataset.sidebar === "closed" ? ["open", "closed"] : ["closed", "open"];
  house.dataset.sidebar = now;
  button.value = next;
  button.ariaExpanded = now === "open";
  const body = new FormData(one("#action"));
  body.set("sidebar", now);
  fetch("/appearance/", { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true });
  if (hadFocus) button.focus();
}

export function write() {
  one("#text").focus();
}

export async function copyCode() {
  const { copyCode } = await import("./copy-text.js");
  const buttons = document.querySelectorAll("#log .code-bar .copy");
  if (buttons.length) copyCode(buttons[buttons.length - 1]);
}

let escapedAt = -Infinity;

/** Stops the answer when it is pressed twice: once is what closes menus. */
export function stop() {
  const isSecond = performance.now() - escapedAt < TWICE_WITHIN_MS;
  escapedAt = performance.now();
  if (isSecond) one("#composer-action [form='stop']")?.click();
}

export async function list() {
  const dialog = one("#shortcuts");
  if (dialog.open) return dialog.close();
  await htmx.ajax("GET", "/shortcuts/", { target: "#shortcuts-list", swap: "innerHTML" });
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
    for (const key of dialog.querySelectorAll("kbd")) if (key.textContent === "Ctrl") key.textContent = "⌘";
  }
  dialog.showModal();
}
