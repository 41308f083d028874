// Long texts that are attached to a message: pasted, or read from a plain text file. Each is a chip above the field.

const MOST_TEXTS = 10; // as in chat/conversations/attachments.py
const LONGEST_CHARACTERS = 400_000; // of all together, as in chat/forms/send.py
const PREVIEW_CHARACTERS = 120;
const CONTROL_CHARACTERS = /[\0-\x08\x0e-\x1a\x1c-\x1f]/; // not tabs, line and page ends, and the Escape of coloured logs

export class TextAttachments {
  constructor(composer) {
    this.composer = composer;
    this.all = []; // {name, text, chip}
    composer.chips.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")));
    this.#takeServerTexts();
  }

  /** As they are sent, and stored in a draft. */
  get list() {
    return this.all.map(({ name, text }) => ({ name, text }));
  }

  /** Add a text, unless it is too much, or is restored and is there already. */
  add({ name, text }, { isNew = true } = {}) {
    if (!isNew && this.all.some((one) => one.name === name && one.text === text)) return;
    const characters = this.all.reduce((sum, one) => sum + one.text.length, text.length);
    if (this.all.length >= MOST_TEXTS) return this.composer.say("tooManyTexts", { count: MOST_TEXTS });
    if (characters > LONGEST_CHARACTERS) return this.composer.say("tooLong", { name, count: number(LONGEST_CHARACTERS) });
    const chip = this.#chip(name, text);
    chip.classList.toggle("glow", isNew);
    this.all.push({ name, text, chip });
    this.composer.chips.append(chip);
    this.composer.changed();
  }

  /** Texts that came with the page, after it was sent without a script, become chips like others. */
  #takeServerTexts() {
    for (const chip of this.composer.chips.querySelectorAll(".given")) {
      chip.remove();
      this.add({ name: chip.querySelector(".name").textContent, text: chip.querySelector("textarea").value });
    }
  }

  /** Read a file that is plain text; say what is wrong with any other. */
  async addFile(file) {
    if (file.size > 4 * LONGEST_CHARACTERS) {
      return this.composer.say("tooLong", { name: file.name, count: number(LONGEST_CHARACTERS) });
    }
    const text = decoded(new Uint8Array(await file.arrayBuffer()));
    if (text === undefined) this.refuse("notTaken", file);
    else if (text.trim()) this.add({ name: file.name, text });
    else this.refuse("empty", file);
  }

  /** Of several files each has its sentence. */
  refuse(why, { name }) {
    const before = this.composer.noteText;
    this.composer.say(why, { name });
    this.composer.note(`${before} ${this.composer.noteText}`.trim());
  }

  clear() {
    for (const { chip } of this.all) chip.remove();
    this.all = [];
  }

  #chip(name, text) {
    const chip = this.composer.querySelector("#text-chip").content.firstElementChild.cloneNode(true);
    const size = chip.querySelector(".size");
    chip.querySelector(".name").textContent = name;
    size.textContent = [counted(text.length, "characters", size), counted(linesOf(text), "lines", size)].join(", ");
    chip.querySelector(".preview").textContent = text.trim().slice(0, PREVIEW_CHARACTERS);
    for (const button of chip.querySelectorAll("button[aria-label]")) {
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace("{name}", name));
    }
    return chip;
  }

  #clicked(button) {
    const one = this.all.find(({ chip }) => chip.contains(button));
    if (!one) return;
    this.all = this.all.filter((other) => other !== one);
    one.chip.remove();
    if (button.matches(".insert")) this.composer.insert(one.text);
    this.composer.field.focus({ preventScroll: true });
    this.composer.changed();
  }
}

/** Decode UTF-8, UTF-16, or what Windows wrote before those; undefined when it is no text. */
function decoded(bytes) {
  const encodings = { 0xfeff: "utf-16be", 0xfffe: "utf-16le" }[(bytes[0] << 8) | bytes[1]] ?? guesses(bytes);
  for (const encoding of [encodings].flat()) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      if (!CONTROL_CHARACTERS.test(text) && !text.startsWith("%PDF-")) return text.replace(/\r\n?/g, "\n");
    } catch {
      // not in this one
    }
  }
}

function guesses(bytes) {
  if (!bytes.subarray(0, 1000).includes(0)) return ["utf-8", "windows-1252"];
  return bytes[0] ? ["utf-16le"] : ["utf-16be"]; // without a mark: Latin letters have a zero before or behind
}

function linesOf(text) {
  return text.replace(/\n$/, "").split("\n").length;
}

/** Say how many `things` there are, in the plural forms of the language, which are in the data-* of an element. */
function counted(amount, things, { dataset }) {
  const kind = new Intl.PluralRules(document.documentElement.lang).select(amount);
  const form = (name) => dataset[`${things}${name[0].toUpperCase()}${name.slice(1)}`];
  return (form(kind) ?? form("other")).replace("{n}", number(amount));
}

function number(amount) {
  return amount.toLocaleString(document.documentElement.lang, { numberingSystem: "latn", useGrouping: true });
}
