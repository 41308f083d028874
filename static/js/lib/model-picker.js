// The dialog in which a model is chosen, over a native list of models: the list has what the rows show, and gets the choice.

import { update } from "./overlay-history.js";

const MOUSE = matchMedia("(pointer: fine)");
const MOST_RECENT = 5; // as in chat/models/account.py
const AUTOMATIC = "openrouter/auto";
const FILLED_AT_ONCE = 24; // rows; more than a window shows
const FILLED_AT_A_TIME = 50;

const format = (options) => new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn", ...options });
const money = { style: "currency", currency: "USD", roundingMode: "halfEven" };
const dollars = format(money);
const cents = format({ ...money, minimumSignificantDigits: 2, maximumSignificantDigits: 2 }); // `price` of chat/formats.py
const tokens = format({ notation: "compact", maximumSignificantDigits: 3 });
const priceOf = (amount) => (amount > 0 && amount < 0.1 ? cents : dollars).format(amount);

const picker = make(); // and load its styles

/** Open the dialog over `field`, a <select> of models; close it if it is open. */
export async function openPicker(field) {
  (await picker).open(field);
}

async function make() {
  const [style, dialog] = document.querySelector("#model-picker").content.cloneNode(true).children;
  const isStyled = new Promise((done) => (style.onload = style.onerror = done));
  document.head.append(style);
  await isStyled;
  return new ModelPicker(dialog);
}

class ModelPicker {
  constructor(dialog) {
    const one = (selector) => dialog.querySelector(selector);
    this.dialog = dialog;
    this.words = dialog.dataset;
    this.stars = new Set(idsIn(dialog.dataset.starredModels));
    this.recent = idsIn(dialog.dataset.recentModels);
    this.search = one("input");
    this.filters = [...dialog.querySelectorAll("[data-feature]")];
    this.list = one("[role='listbox']");
    this.nothing = one(".nothing");
    this.found = one(".found");
    this.below = one(".below");
    this.form = one(".star-form");
    this.template = one("template").content.firstElementChild;

    this.compareButton = one("[data-compare]");

    this.search.addEventListener("input", () => this.#show());
    dialog.addEventListener("keydown", (event) => this.#pressed(event));
    dialog.addEventListener("click", (event) => this.#clicked(event));
    this.list.addEventListener("mousedown", (event) => event.target !== this.list && event.preventDefault()); // keeps the focus
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#star(this.active);
    });
    dialog.addEventListener("toggle", () => {
      update(dialog);
      if (!dialog.open) dialog.remove(); // a page has one field "Model" again
    });
  }

  open(field) {
    if (this.dialog.open) return this.dialog.close();
    this.field = field;
    this.models = [...field.options].map((option, index) => this.#modelOf(option, index));
    this.chosen = this.models[field.selectedIndex];
    this.compareButton.hidden = field.id !== "model"; // of the composer
    this.#compare(undefined);
    (field.closest("[popover]") ?? document.body).append(this.dialog); // in a menu, which would close otherwise
    const place = MOUSE.matches ? this.search : this.list; // the field would bring up a keyboard on a screen
    this.nothing.hidden = true;
    place.autofocus = true;
    this.dialog.showModal();
    place.autofocus = false;
    this.#clear();
  }

  // --- The models

  #modelOf(option, index) {
    const [name, note = ""] = option.textContent.trim().split(" · ");
    const { features = "", priceIn, priceOut, room, ...rest } = option.dataset;
    const row = document.createElement("div");
    Object.assign(row, { id: `model-${index}`, role: "option", ariaSelected: option.selected, textContent: name });
    row.dataset.model = option.value;
    const maker = option.parentElement.label; // undefined outside of any group, empty where it is not in the list
    const model = { id: option.value, name, note, maker, features: features.split(" "), isNew: "new" in rest, row };
    return Object.assign(model, { prices: [priceIn, priceOut], room });
  }

  #modelIn(row) {
    return this.models[Number(row.id.split("-")[1])];
  }

  /** Give a row all that it shows; most wait for that until the first ones can be seen. */
  #fill(model) {
    if (model.isFilled) return;
    model.isFilled = true;
    const parts = this.template.cloneNode(true);
    const put = (selector, words) => (words ? (parts.querySelector(selector).textContent = words) : undefined);
    put(".name", model.name);
    put(".maker", model.maker);
    parts.querySelector(".new").hidden = !model.isNew;
    for (const ability of parts.querySelectorAll("[data-can]")) {
      if (!model.features.includes(ability.dataset.can)) ability.remove();
    }
    if (!put(".size", model.room && tokens.format(model.room))) parts.querySelector(".context").replaceChildren();
    this.#fillPrice(model, parts.querySelector(".price"));
    if (!model.id || model.id.startsWith("@")) for (const part of parts.querySelectorAll(".about, .star")) part.replaceChildren();
    model.row.replaceChildren(...parts.childNodes);
    this.#showStar(model);
  }

  #fillPrice(model, place) {
    const [input, output] = model.prices;
    const isFree = model.features.includes("free");
    place.classList.toggle("free", isFree);
    if (isFree) place.textContent = this.words.free;
    else if (model.id === AUTOMATIC) place.textContent = this.words.router;
    else if (input === undefined || output === undefined) place.textContent = model.note;
    else place.firstElementChild.textContent = fill(this.words.prices, { input: priceOf(input), output: priceOf(output) });
  }

  // --- Which are shown, in which order

  #show() {
    const words = this.search.value.split(/\s+/).map(folded).filter(Boolean);
    const wanted = this.filters.filter((one) => one.ariaPressed === "true").map((one) => one.dataset.feature);
    const fitting = this.models.filter(({ features }) => wanted.every((one) => features.includes(one)));
    const groups = words.length ? this.#matching(fitting, words) : this.#grouped(fitting);
    this.shown = [...groups.values()].flat();
    this.shown.slice(0, FILLED_AT_ONCE).forEach((model) => this.#fill(model));
    this.#place([...groups].map(([label, models], index) => group(label, models, index)));
    this.nothing.hidden = this.shown.length > 0;
    this.found.textContent = words.length || wanted.length ? fill(this.words.count, { count: this.shown.length }) : "";
    const isChosenFirst = !words.length && this.shown.includes(this.chosen);
    this.list.scrollTop = 0;
    if (isChosenFirst) this.#activate(this.chosen, "center");
    else this.#activate(this.shown[0]);
    requestAnimationFrame(() => setTimeout(() => this.#fillRest())); // when these are painted
  }

  /** Put groups into the list: those in sight and the chosen model's at once, the others after the first paint. */
  #place(groups) {
    let rows = 0;
    const atOnce = groups.findIndex((one) => (rows += one.children.length) > FILLED_AT_ONCE);
    const chosen = groups.findIndex((one) => one.contains(this.chosen?.row));
    const end = atOnce < 0 ? groups.length : Math.max(atOnce, chosen) + 1;
    this.list.replaceChildren(...groups.slice(0, end));
    this.later = groups.slice(end);
  }

  #fillRest() {
    clearTimeout(this.timer);
    this.list.append(...this.later.splice(0));
    const rest = this.models.filter(({ isFilled }) => !isFilled).slice(0, FILLED_AT_A_TIME);
    rest.forEach((model) => this.#fill(model));
    if (rest.length) this.timer = setTimeout(() => this.#fillRest());
  }

  /** The models by the labels of their groups. */
  #grouped(models) {
    const groups = new Map([[this.words.automatic, []], [this.words.starred, []], [this.words.recent, []]]);
    const recent = this.recent.map((id) => models.find((model) => model.id === id)).filter(Boolean);
    for (const model of models) {
      const label = this.#labelOf(model);
      if (!groups.has(label)) groups.set(label, []);
      if (label !== this.words.recent) groups.get(label).push(model);
    }
    groups.set(this.words.recent, recent.filter((model) => this.#labelOf(model) === this.words.recent));
    return new Map([...groups].filter(([, some]) => some.length));
  }

  #labelOf({ id, maker }) {
    if (maker === undefined || id === AUTOMATIC) return this.words.automatic;
    if (this.stars.has(id)) return this.words.starred;
    if (this.recent.includes(id)) return this.words.recent;
    return maker || this.words.gone;
  }

  /** Those that have all `words`, the best first, else in the order that they have without a search. */
  #matching(models, words) {
    const ordered = [...this.#grouped(models).values()].flat().filter((model) => rank(model, words) < NO_MATCH);
    const found = ordered.sort((one, other) => rank(one, words) - rank(other, words));
    return new Map(found.length ? [[this.words.results, found]] : []);
  }

  #clear() {
    this.search.value = "";
    for (const filter of this.filters) filter.ariaPressed = "false";
    this.#show();
  }

  // --- The active row, which Enter chooses

  #activate(model, block = "nearest") {
    this.active?.row.removeAttribute("data-active");
    this.active = model;
    this.below.hidden = !model?.id;
    if (!model) return this.search.removeAttribute("aria-activedescendant");
    this.#fill(model);
    if (!model.row.closest("[role='listbox']")) this.list.append(...this.later.splice(0));
    model.row.dataset.active = "";
    model.row.scrollIntoView({ block });
    this.search.setAttribute("aria-activedescendant", model.row.id);
    this.below.querySelector(".active-name").textContent = model.name;
    const details = this.below.querySelector(".details");
    details.href = addressOf(model);
    details.ariaLabel = fill(this.words.details, { model: model.name });
    this.form.querySelector("button").ariaLabel = fill(this.words.star, { model: model.name });
    this.#showStar(model);
  }

  #move(step) {
    const last = this.shown.length - 1;
    const next = this.shown.indexOf(this.active) + step;
    if (last >= 0) this.#activate(this.shown[Math.max(0, Math.min(next, last))]);
  }

  #pressed(event) {
    const { key, target } = event;
    const hasModifier = event.ctrlKey || event.metaKey;
    if (hasModifier && key.toLowerCase() === "d" && this.active && !document.querySelector("[data-no-shortcuts]")) {
      event.preventDefault();
      return this.#star(this.active);
    }
    if (hasModifier || event.altKey || event.shiftKey || target.closest("button, a")) return;
    const page = Math.max(1, Math.floor(this.list.clientHeight / (this.active?.row.offsetHeight || 1)) - 1);
    const all = this.models.length;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -all, End: all }[key];
    if (!step && key !== "Enter") return;
    event.preventDefault();
    if (step) this.#move(step);
    else if (this.active) this.#choose(this.active);
  }

  #clicked(event) {
    const { target } = event;
    const row = target.closest("[role='option']");
    const model = row && this.#modelIn(row);
    const filter = target.closest("[data-feature]");
    if (target === this.dialog || target.closest("[data-close]")) this.dialog.close();
    else if (target.closest("[data-compare]")) this.#switchComparing();
    else if (filter) this.#toggle(filter);
    else if (target.closest("[data-clear]")) this.#clearAndType();
    else if (model?.id && target.closest(".star")) this.#star(model);
    else if (model?.id && target.closest(".about")) this.#showDetails(model, event);
    else if (model) this.#choose(model);
  }

  /** An option must not contain a link, so a press in it is one on the link below. */
  #showDetails(model, press) {
    this.#activate(model);
    this.below.querySelector(".details").dispatchEvent(new MouseEvent("click", press));
  }

  #toggle(filter) {
    filter.ariaPressed = filter.ariaPressed !== "true";
    this.#show();
  }

  #clearAndType() {
    this.#clear();
    if (MOUSE.matches) this.search.focus();
  }

  // Several models can be chosen: compared-models.js

  async #switchComparing() {
    const { Comparison } = await import("./compared-models.js");
    this.#compare(this.comparison ? undefined : new Comparison(this));
    this.comparison?.show();
    if (MOUSE.matches) this.search.focus();
  }

  #compare(comparison) {
    this.comparison = comparison;
    this.compareButton.ariaPressed = Boolean(comparison);
    this.list.ariaMultiSelectable = comparison ? true : null;
  }

  #choose(model) {
    if (this.comparison) this.comparison.toggle(model);
    else this.#chooseOnly(model);
  }

  #chooseOnly({ id }) {
    const isAnother = this.field.value !== id;
    this.field.value = id;
    if (id) this.recent = [id, ...this.recent.filter((one) => one !== id)].slice(0, MOST_RECENT);
    this.dialog.close();
    if (isAnother) for (const kind of ["input", "change"]) this.field.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  // --- Stars: chat/views/stars.py

  #showStar(model) {
    const isStarred = this.stars.has(model.id);
    model.row.toggleAttribute("data-starred", isStarred);
    if (model === this.active) this.form.querySelector("button").ariaPressed = isStarred;
  }

  async #star(model) {
    const starred = !this.stars.has(model.id);
    this.#setStar(model, starred);
    const body = new FormData(this.form);
    body.set("model", model.id);
    body.set("starred", starred ? "1" : "0");
    const request = { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true };
    const response = await fetch(this.form.action, request).catch(() => undefined);
    if (response?.status === 204) return;
    this.#setStar(model, !starred);
    this.found.textContent = response?.status === 422 ? await response.text() : this.words.failed;
  }

  #setStar(model, starred) {
    if (starred) this.stars.add(model.id);
    else this.stars.delete(model.id);
    this.#showStar(model);
  }
}

function group(label, models, index) {
  const [place, heading] = [document.createElement("div"), document.createElement("div")];
  Object.assign(heading, { id: `models-${index}`, className: "heading", textContent: label });
  place.role = "group";
  place.setAttribute("aria-labelledby", heading.id);
  place.toggleAttribute("data-of-maker", models[0].maker === label);
  place.style.setProperty("--rows", models.length); // how high it is, before it is laid out
  place.append(heading, ...models.map(({ row }) => row));
  return place;
}

// Searching forgives: "gpt54mini" finds "GPT-5.4 Mini", and words may come in any order.

const NO_MATCH = 4;

function folded(text) {
  return text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** How well a model matches: 0 is its very name, 3 is somewhere inside of words. */
function rank(model, words) {
  model.texts ??= [model.name, model.maker ?? "", model.id].map(folded);
  model.starts ??= startsOf(`${model.maker ?? ""} ${model.name} ${model.id}`);
  if (!words.every((word) => model.texts.some((text) => text.includes(word)))) return NO_MATCH;
  const all = words.join("");
  if (model.texts[0] === all) return 0;
  if (model.texts[0].startsWith(all)) return 1;
  return words.every((word) => model.starts.some((start) => start.startsWith(word))) ? 2 : 3;
}

/** From each word on, what follows. */
function startsOf(text) {
  const words = text.split(/[^\p{L}\p{N}]+/u).map(folded).filter(Boolean);
  return words.map((_, index) => words.slice(index).join(""));
}

function addressOf({ id }) {
  return `/models/${encodeURI(id).replace(/[?#]/g, encodeURIComponent)}/`;
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function idsIn(text) {
  return text.split(" ").filter(Boolean);
}
