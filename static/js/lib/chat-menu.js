// The menu of each row in the list of chats, and renaming a chat in place: in its row or its heading.

const menu = document.querySelector("#chat-menu");
let row;

/** Open the one menu for the row that `button` stands in; or close it, if it is open there. */
export function openMenu(button) {
  const isOpenHere = menu.matches(":popover-open") && row === button.closest(".chat");
  menu.hidePopover();
  if (isOpenHere) return;
  row = button.closest(".chat");
  const address = row.querySelector("a").getAttribute("href");
  for (const form of menu.querySelectorAll("form")) form.setAttribute("hx-post", address + form.dataset.path);
  for (const link of menu.querySelectorAll("a")) link.href = address + link.dataset.path;
  menu.querySelector("details").open = false;
  menu.querySelector(".pin").hidden = "pinned" in row.dataset;
  menu.querySelector(".unpin").hidden = !("pinned" in row.dataset);
  menu.button = button;
  menu.showPopover({ source: button });
}

menu.addEventListener("submit", () => {
  const position = rows().indexOf(row);
  menu.hidePopover();
  menu.addEventListener("htmx:after:swap", () => takeFocus(rows()[position] ?? rows().at(-1)), { once: true });
});

document.querySelector("#undo").addEventListener("submit", ({ target }) => {
  const address = target.getAttribute("action").replace("restoration/", "");
  const list = document.querySelector("#chats");
  const back = () => takeFocus(rows().find((one) => one.querySelector(`[href="${address}"]`)));
  list.addEventListener("htmx:after:swap", back, { once: true });
});

function rows() {
  return [...document.querySelectorAll("#chat-list .chat")];
}

/** The row or the button that had the focus is gone. */
function takeFocus(row) {
  if (document.activeElement === document.body) row?.querySelector("a").focus({ preventScroll: true });
}

menu.querySelector(".rename").addEventListener("click", () => {
  menu.hidePopover();
  const link = row.querySelector("a");
  rename(link, `${link.getAttribute("href")}title/`);
});

/** Put a field in the place of `shown`, a title or what holds one: Enter and leaving save, Escape restores. */
export function rename(shown, address, typed = "") {
  const form = document.querySelector("#rename").content.firstElementChild.cloneNode(true);
  const field = form.elements.title;
  const title = (shown.querySelector(".title") ?? shown).textContent;
  const holder = shown.closest(".chat") ?? shown; // a list that looks again leaves it alone meanwhile
  const isHeading = shown.matches("h1"); // a page keeps its heading, for who cannot see
  const hide = (yes) => (isHeading ? shown.classList.toggle("visually-hidden", yes) : (shown.hidden = yes));
  let isOver = false;

  function end({ saves = false, keepsFocus = false } = {}) {
    if (isOver) return;
    isOver = true;
    const isNew = saves && field.value.trim() && field.value.trim() !== title;
    if (isNew) form.requestSubmit();
    holder.removeAttribute("data-renaming");
    hide(false);
    form.hidden = true; // its answer takes it away
    if (keepsFocus) {
      field.blur();
      shown.focus({ preventScroll: true });
      document.querySelector("chat-composer")?.restoreFocus(); // a heading takes none
    }
    if (!isNew) setTimeout(() => form.remove()); // not at once: it may be losing the focus just now
  }

  field.value = typed || title;
  form.setAttribute("hx-post", address);
  holder.setAttribute("data-renaming", "");
  hide(true);
  shown.after(form);
  htmx.process(form);
  field.addEventListener("keydown", (event) => {
    if (!["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    end({ saves: event.key === "Enter", keepsFocus: true });
  });
  field.addEventListener("blur", () => end({ saves: true }));
  const over = ({ type, detail: { ctx } }) => {
    form.remove();
    if (type === "htmx:error" || ctx.response.status >= 500) rename(shown, address, field.value); // nothing is lost
  };
  for (const type of ["htmx:after:request", "htmx:error"]) form.addEventListener(type, over);
  field.focus({ preventScroll: true });
  field.select();
}
