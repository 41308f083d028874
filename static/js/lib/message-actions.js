// Copies the text of a message, opens its menu, or edits an image of it. All are links that also work without this.

import { copy } from "./copy-text.js";

const CONFIRMED_MS = 1500;

/** Do what `link` says it is for. */
export function act(link) {
  if ("copy" in link.dataset) return copyFrom(link);
  return "menu" in link.dataset ? openMenu(link) : editImage(link);
}

/** Copy the text that `link` leads to, and say so for a moment. */
async function copyFrom(link) {
  const text = fetch(link.href).then((response) => (response.ok ? response.text() : Promise.reject(response)));
  try {
    await copyWhenLoaded(text);
  } catch {
    await text;
    location.assign(link.href); // there it can be copied by hand
    return;
  }
  document.querySelector("#status").textContent = link.dataset.copied;
  const shape = link.querySelector("use");
  if (shape) confirm(shape, (value) => shape.setAttribute("href", value), shape.getAttribute("href"), "#icon-check");
  else confirm(link, (value) => (link.lastElementChild.textContent = value), link.textContent.trim(), link.dataset.copied);
}

function confirm(place, show, before, after) {
  if (place.isConfirming) return;
  place.isConfirming = true;
  show(after);
  setTimeout(() => {
    show(before);
    place.isConfirming = false;
  }, CONFIRMED_MS);
}

// Safari lets a page copy what it has yet to fetch only if it is promised within the click.
async function copyWhenLoaded(text) {
  if (!navigator.clipboard?.write || !window.ClipboardItem) return copy(await text);
  const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

const menu = document.querySelector("#message-menu");

menu?.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-speak]");
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!link || isElsewhere) return;
  event.preventDefault();
  (await import("./read-aloud.js")).readAloud(link);
});

/** Open the menu that `link` leads to, beside the link. */
async function openMenu(link) {
  menu.hidePopover();
  menu.replaceChildren(); // or another message's would open when this one cannot be loaded
  await htmx.ajax("GET", link.href, { source: menu, target: menu, swap: "innerHTML" });
  if (!menu.hasChildNodes()) return; // it failed, or another one is wanted by now
  menu.button = link;
  menu.showPopover({ source: link }); // the next stop of Tab is then what comes after the link
  menu.querySelector("a, button, select").focus({ preventScroll: true });
}

/** Put the image that `link` names into the composer, for the next message to say what to change. */
async function editImage(link) {
  (await import("../composer/edit-image.js")).editImage(link);
}
