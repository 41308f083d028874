// The entry of a chat page: what it needs at once, and what is loaded when it is wanted (tests/browser/test_weight.py).

import "./elements/composer.js";
import "./elements/transcript.js";
import "./lib/answer-progress.js";
import "./lib/stream-connection.js";

const log = document.querySelector("#log");
const composer = document.querySelector("chat-composer");
const toasts = document.querySelector("#toasts");

// A key of an input method is no other: nothing here hears it. Safari's last one comes after the composition, with this code.
const ofInputMethod = (event) => (event.isComposing || event.keyCode === 229) && event.stopImmediatePropagation();
addEventListener("keydown", ofInputMethod, { capture: true });

/** Call `act` with what is pressed; a link to open elsewhere is left to the browser. */
function onPress(selector, act) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.(selector);
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!element || (isElsewhere && element.matches("[href]"))) return;
    event.preventDefault();
    act(element);
  });
}

// A request, or loading a module, that did not work. The composer, the search and the streams say so themselves.

const REPORTED = ".edit, [data-edit], [data-cancel], [data-stopping], .along, .rename, .toast form, #chat-menu form, #message-menu, body";

function report(status, source) {
  if (status === 422) return; // it says why
  const words = composer.dataset[{ 403: "forbidden", 404: "gone" }[status] ?? "notDone"];
  if (!source?.closest("#chats")) return composer.complain(words);
  const toast = Object.assign(document.createElement("p"), { textContent: words });
  toast.classList.add("toast", "failed");
  document.querySelector("#undo").replaceChildren(toast); // the drawer covers the composer
}

function reportIfFailed({ type, detail: { ctx } }) {
  const source = ctx?.sourceElement;
  if (!source?.matches(REPORTED)) return;
  document.querySelector("#undo > .failed")?.remove();
  if (type === "htmx:error" || !ctx.response.raw.ok) report(ctx.response?.status, source);
  else if (Object.values(composer.dataset).includes(composer.errorText)) composer.complain(""); // now it worked
}

document.addEventListener("htmx:error", reportIfFailed);
document.addEventListener("htmx:after:request", reportIfFailed);
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof TypeError || reason instanceof Response) report(reason.status); // of import() and fetch()
});

// Messages

onPress("[data-copy], [data-menu], [data-edit-image]", async (link) => (await import("./lib/message-actions.js")).act(link));
document.addEventListener("click", ({ target }) => target.closest("[data-edit]") && import("./lib/message-editing.js"));
onPress("[data-dictate]", async (button) => (await import("./composer/dictation.js")).dictate(button));
onPress(".pictures a", async (link) => {
  try {
    await (await import("./lib/image-viewer.js")).view(link);
  } catch {
    location.assign(link.href);
  }
});

function loadCodeTools(event) {
  if (event?.target.id.startsWith("tail-")) return; // which comes with each frame
  if (log.querySelector(".code-bar")) import("./lib/code-tools.js").catch(() => undefined); // the next block tries again
}

loadCodeTools();
log.addEventListener("htmx:after:settle", loadCodeTools);

// The list of chats, and the search

onPress("#chats .more", async (button) => (await import("./lib/chat-menu.js")).openMenu(button));
onPress("h1[data-rename]", async (title) => (await import("./lib/chat-menu.js")).rename(title, title.dataset.rename));
onPress("#open-search", async (link) => {
  try {
    await (await import("./lib/search-dialog.js")).openSearch(link);
  } catch (failure) {
    if (!navigator.onLine) throw failure;
    location.assign(link.href);
  }
});

onPress("[data-settings]", async (link) => {
  try {
    await (await import("./lib/settings-dialog.js")).openSettings(link);
  } catch (failure) {
    if (!navigator.onLine) throw failure;
    location.assign(link.href);
  }
});

// A look is dropped while the list still waits for another answer (hx-sync), which may be older. So it is repeated then.
const chats = document.querySelector("#chats");
let isLookDue = false;

function lookAtChats() {
  isLookDue = true;
  htmx.trigger("#chat-list", "look");
}

chats.addEventListener("htmx:before:request", ({ target }) => target.id === "chat-list" && (isLookDue = false));
chats.addEventListener("htmx:finally:request", () => isLookDue && setTimeout(lookAtChats));

// For the days in the list: chat/pages/sidebar.py reads it.
const zoneCookie = document.querySelector("meta[name='zone-cookie']").content;
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const secure = location.protocol === "https:" ? "; secure" : ""; // demanded by a name that begins with "__Host-"
document.cookie = `${zoneCookie}=${timeZone}; path=/; max-age=31536000; samesite=lax${secure}`;

// Who comes back to this page sees what happened to the chat elsewhere. What a stopped answer cost is known a little later.

const chatUpdates = () => import("./lib/chat-updates.js").catch(() => undefined); // nobody asked for it
let wasBlurred = false;

async function comeBack() {
  wasBlurred = false;
  await (await chatUpdates())?.update();
  awaitCost();
}

async function awaitCost() {
  if (log.querySelector("[data-bill]")) (await chatUpdates())?.awaitCost();
}

addEventListener("blur", () => (wasBlurred = true));
addEventListener("focus", () => wasBlurred && comeBack());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  lookAtChats();
  comeBack();
});
log.addEventListener("done", () => {
  composer.restoreFocus();
  lookAtChats(); // this one moves up, and may get a title
  awaitCost();
});
awaitCost();

// What lies over the page: toasts, tooltips, and the menus and dialogs that Back closes

new MutationObserver(async () => (await import("./lib/toasts.js")).watchToasts(toasts)).observe(toasts, { childList: true });
onPress(".toast > .close", (button) => {
  button.parentElement.remove();
  composer.restoreFocus();
});

const overlays = () => import("./lib/overlay-history.js");

function overlayMoved({ target }) {
  if (target.matches("dialog, [popover]") && (target.popover ?? "auto") === "auto") overlays().then(({ update }) => update(target));
}

document.addEventListener("toggle", overlayMoved, { capture: true }); // it does not bubble
if (history.state?.layers) overlays(); // they were open when the page was reloaded
if (!CSS.supports("position-area: block-end")) import("./lib/menu-position.js");

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, async ({ target, pointerType }) => {
    if (target.matches?.("[name='model'], [data-choose-model]")) import("./lib/model-picker.js").catch(() => undefined);
    const button = target.closest?.(".square, .more");
    const isWanted = pointerType ? pointerType === "mouse" : target.matches?.(":focus-visible");
    if (!button || !isWanted) return;
    const tooltips = await import("./lib/tooltips.js").catch(() => undefined);
    tooltips?.showTooltip(button, pointerType ? undefined : 0);
  });
}

// Keyboard shortcuts: the functions of lib/shortcuts.js

const SHORTCUTS = {
  "mod k": "search",
  "mod shift o": "newChat",
  "mod shift m": "chooseModel",
  "mod b": "sidebar",
  "mod shift ;": "copyCode",
  "mod /": "list",
  "shift escape": "write",
  escape: "stop",
  "?": "list",
};
const WITHOUT_SHIFT = { ":": ";" }; // what Shift makes of a key
const run = async (name, field) => (await import("./lib/shortcuts.js"))[name](field);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.querySelector(":modal, [popover]:popover-open")) return; // it closes that
  if (event.defaultPrevented || event.altKey || document.querySelector("[data-no-shortcuts]")) return;
  const isTyping = event.target.closest("input, textarea, select");
  const key = WITHOUT_SHIFT[event.key] ?? event.key.toLowerCase();
  const modifiers = [(event.ctrlKey || event.metaKey) && "mod", event.shiftKey && key !== "?" && "shift"];
  const name = SHORTCUTS[[...modifiers, key].filter(Boolean).join(" ")];
  if (!name || (key === "?" && isTyping)) return;
  if (name !== "stop") event.preventDefault();
  run(name);
});

// Models are chosen in a dialog over their native list (lib/model-picker.js), several side by side (lib/compared-models.js).

if (composer.querySelector("#compare input")) import("./lib/compared-models.js");

for (const kind of ["mousedown", "keydown"]) {
  document.addEventListener(kind, (event) => {
    const { target, button, key } = event;
    if (!target.matches?.("select[name='model']") || (key ? !/^(Enter| |ArrowDown)$/.test(key) : button)) return;
    event.preventDefault();
    run("chooseModel", target);
  });
}

onPress("[data-choose-model]", () => run("chooseModel"));
onPress(".sidebar-button", () => run("sidebar"));
