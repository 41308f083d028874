// The menu of presets and prompts that "/" opens in an empty field. It only ever inserts text or opens a new chat.

const ADDRESS = "/prompts/?menu=1";

let isOpen = false;

/** Open the menu above the field of the composer. Without a connection "/" is just text. */
export async function openMenu(composer) {
  if (isOpen) return;
  isOpen = true;
  const [style, element] = await load(ADDRESS).catch(() => []);
  if (element?.matches(".slash-menu")) await addStyle(style);
  isOpen = Boolean(element?.matches(".slash-menu") && document.activeElement === composer.field && wordsIn(composer.field));
  if (isOpen) new SlashMenu(composer, element);
}

/** The elements of a fragment; none if it is another page, like the one for signing in. */
async function load(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!response.ok || response.redirected) throw response;
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return [...holder.content.children];
}

function addStyle(style) {
  if (document.querySelector(`link[href="${style.getAttribute("href")}"]`)) return undefined;
  const isLoaded = new Promise((done) => (style.onload = style.onerror = done));
  document.head.append(style);
  return isLoaded;
}

/** What is typed behind the "/", in words; undefined when the text is no search in the menu. */
function wordsIn(field) {
  const [, words] = field.value.match(/^\/([^\n]*)$/) ?? [];
  return words?.toLowerCase().split(/\s+/).filter(Boolean);
}

class SlashMenu {
  constructor(composer, element) {
    this.composer = composer;
    this.field = composer.field;
    this.element = element;
    this.status = element.querySelector("[role='status']");
    this.options = [...element.querySelectorAll("[role='option']")];
    this.ending = new AbortController();
    const { signal } = this.ending;
    composer.addEventListener("keydown", (event) => this.#pressed(event), { capture: true, signal }); // before the composer
    composer.addEventListener("submit", () => this.close(), { capture: true, signal });
    this.field.addEventListener("input", () => this.#filter(), { signal });
    composer.addEventListener("focusout", ({ relatedTarget: next }) => this.#isWithin(next) || this.close(), { signal });
    element.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus
    element.addEventListener("click", ({ target }) => this.#choose(target.closest("[role='option']")));
    composer.form.prepend(element);
    if (this.options.length) {
      this.field.setAttribute("aria-controls", "slash-list");
      this.field.setAttribute("aria-haspopup", "listbox");
      this.field.setAttribute("aria-autocomplete", "list");
    }
    requestAnimationFrame(() => this.#filter()); // what changes in a status is read, what it begins with is not
  }

  close() {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    for (const name of ["controls", "haspopup", "autocomplete", "activedescendant"]) this.field.removeAttribute(`aria-${name}`);
    this.element.remove();
    isOpen = false;
  }

  #isWithin(place) {
    return place && (place === this.field || this.element.contains(place));
  }

  #filter() {
    const words = wordsIn(this.field);
    this.#setChosen(); // somebody goes on typing
    if (!words) return this.close();
    for (const option of this.options) {
      const text = option.textContent.toLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of this.element.querySelectorAll("[role='group']")) {
      group.hidden = !group.querySelector("[role='option']:not([hidden])");
    }
    this.shown = this.options.filter(({ hidden }) => !hidden);
    this.element.hidden = words.length > 0 && !this.shown.length;
    this.status.textContent = this.element.dataset.found.replace("{count}", this.shown.length);
    this.#activate(this.shown[0]);
  }

  #activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option;
    if (!option) return this.field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", option.id);
  }

  #pressed(event) {
    const { key } = event;
    if (!this.#isWithin(event.target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const isOfList = event.target === this.field && this.active && (step || key === "Enter");
    if (key !== "Escape" && !isOfList) return; // as without a menu
    event.preventDefault();
    event.stopPropagation();
    if (key === "Escape") this.#cancel();
    else if (step) this.#activate(this.shown.at((this.shown.indexOf(this.active) + step) % this.shown.length));
    else this.#choose(this.active);
  }

  #cancel() {
    this.field.focus();
    this.close();
  }

  #choose(option) {
    if (!option) return;
    if (option.dataset.inserts) return this.#choosePrompt(option);
    this.close();
    this.composer.write(""); // without the "/"; what else is in the message stays its draft
    location.assign(option.dataset.opens);
  }

  /** The menu stays until the prompt is there, which can be a while. */
  async #choosePrompt(option) {
    if (this.chosen === option) return;
    this.#setChosen(option);
    const [dialog] = await load(option.dataset.inserts).catch(() => []);
    if (this.chosen !== option || this.ending.signal.aborted) return;
    this.close();
    if (dialog) use(this.composer, dialog);
    else this.composer.complain(this.composer.dataset.notDone);
  }

  #setChosen(option) {
    this.chosen = option;
    this.element.ariaBusy = Boolean(option);
  }
}

/** Insert the prompt of this dialog, which asks for its variables. */
function use(composer, dialog) {
  const text = dialog.querySelector("template").content.textContent;
  if (dialog.querySelector("[data-variable]")) ask(composer, dialog, text);
  else insert(composer, text);
}

/** Ask for the variables, and insert the text when all is said. Whoever cancels has the "/" as before. */
function ask(composer, dialog, text) {
  const form = dialog.querySelector("form");
  const fields = [...dialog.querySelectorAll("[data-variable]")];
  document.body.append(dialog);
  dialog.addEventListener("keydown", (event) => {
    const place = fields.indexOf(event.target);
    if (event.key !== "Enter" || event.shiftKey || place < 0) return;
    event.preventDefault();
    if (fields[place + 1]) fields[place + 1].focus();
    else form.requestSubmit();
  });
  dialog.addEventListener("click", ({ target }) => (target === dialog || target.closest("[data-close]")) && dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // or it would close with the press (lib/overlay-history.js)
    dialog.close();
    insert(composer, filled(text, new Map(fields.map((field) => [field.dataset.variable, field.value]))));
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    composer.field.focus();
  });
  dialog.showModal();
}

/** The text with values in place of {{names}}; what is no variable (chat/models/prompt.py) stays. */
function filled(text, values) {
  return text.replace(/\{\{([^{}\n]{1,80})\}\}/g, (braces, name) => values.get(name.trim().replace(/ +/g, " ")) ?? braces);
}

/** In place of the "/"; the browser can undo it. */
function insert(composer, text) {
  composer.field.focus();
  composer.field.select();
  if (!document.execCommand("insertText", false, text)) composer.insert(text);
  composer.changed();
}
