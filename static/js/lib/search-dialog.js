// Opens the search in a dialog over the chat: the element of its own page, which is fetched once.

import "../elements/search.js";

export async function openSearch(link) {
  const dialog = document.querySelector("dialog#search") ?? (await makeDialog(link));
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input").select();
}

async function makeDialog(link) {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const search = page.querySelector("chat-search");
  if (!search) throw new Error("no search");
  search.querySelector("[hx-replace-url]").removeAttribute("hx-replace-url"); // the address is the chat's
  const closing = search.querySelector("[data-close]");
  closing.hidden = false;
  const dialog = document.createElement("dialog");
  dialog.id = "search";
  dialog.setAttribute("aria-label", link.textContent.trim());
  dialog.append(search);
  document.body.append(dialog);
  htmx.process(dialog);
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || closing.contains(target)) dialog.close();
  });
  dialog.addEventListener("close", () => isLost(dialog) && restoreFocus(link));
  return dialog;
}

// The browser has put the focus back where it was, if that is still visible.
function isLost(dialog) {
  return [document.body, ...dialog.querySelectorAll(":focus")].includes(document.activeElement);
}

/** The drawer that the link is in may have closed meanwhile. */
function restoreFocus(link) {
  (link.checkVisibility() ? link : document.querySelector(".bar .drawer-button"))?.focus();
}
