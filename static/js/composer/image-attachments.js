// The pictures that wait above the field: a chip for each, made smaller and uploaded at once, one after the other.
// The message then only names them. A chip whose picture could not be sent says so, and nothing else is held up by it.

import { shrink, sizeInWords } from "./image-resize.js";
import { upload } from "./image-upload.js";

const MOST_PICTURES = 8;
const NO_USE_TO_REPEAT = [413, 422]; // the picture is at fault

export class Tray {
  constructor(composer) {
    this.composer = composer;
    this.template = composer.querySelector("#chip");
    this.pictures = []; // {chip, name, file, smaller, kept, failure, cancel}, in the order of their chips
    this.shrinking = this.uploading = Promise.resolve();
    composer.chips.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")));
    addEventListener("online", () => this.#tryAgain(({ failure }) => failure?.status === 0));
  }

  // --- What the composer asks

  /** What has been uploaded, as a draft keeps it: {id, url, name, size, width, height} for each. */
  get kept() {
    return this.pictures.flatMap(({ kept }) => kept ?? []);
  }

  /** Is anything still on its way? */
  get isBusy() {
    return this.pictures.some(({ kept, failure }) => !kept && !failure);
  }

  get hasFailed() {
    return this.pictures.some(({ failure }) => failure);
  }

  /** Take files in; the event `pictures` tells of everything that becomes of them. */
  add(files) {
    for (const file of files) {
      if (this.composer.pictureCount >= MOST_PICTURES) this.composer.say("tooMany", { count: MOST_PICTURES });
      else this.#addFile(file);
    }
    this.#changed();
  }

  /** Show again what a draft has kept. */
  restore(list) {
    for (const kept of list.slice(0, MOST_PICTURES - this.composer.pictureCount)) {
      const picture = this.#addChip(kept.name);
      this.#show(picture, kept.url);
      this.#keep(picture, kept);
    }
    this.#changed();
    return this.check();
  }

  /** Ask whether what was uploaded is still there: unsent pictures are kept for a day. */
  async check() {
    await Promise.all(this.pictures.filter(({ kept }) => kept).map((picture) => this.#checkOne(picture)));
  }

  /** Hand over what has been uploaded; nothing stays here. */
  take() {
    const { kept } = this;
    for (const picture of this.pictures) this.#drop(picture);
    this.#changed();
    return kept;
  }

  // --- From a file to a picture on the server

  #addFile(file) {
    const picture = this.#addChip(file.name);
    picture.file = file;
    this.#show(picture, URL.createObjectURL(file));
    this.#say(picture, sizeInWords(file.size));
    // One after the other: eight photos at once are more than a phone can hold.
    this.shrinking = this.shrinking.then(() => this.#shrink(picture));
    this.#queue(picture);
  }

  #queue(picture) {
    picture.failure = undefined;
    picture.chip.classList.remove("failed", "warned");
    picture.chip.querySelector(".fault").textContent = "";
    this.uploading = Promise.all([this.uploading, this.shrinking]).then(() => this.#upload(picture));
  }

  async #shrink(picture) {
    if (this.pictures.includes(picture)) picture.smaller = await shrink(picture.file).catch(() => picture.file);
  }

  async #upload(picture) {
    if (!this.pictures.includes(picture)) return;
    picture.cancel = new AbortController();
    const { file, smaller, name, cancel } = picture;
    const progress = picture.chip.querySelector("progress");
    progress.hidden = false;
    const onProgress = (bytes) => {
      progress.value = bytes / (smaller.size || 1);
      const words = { sent: sizeInWords(bytes), size: sizeInWords(smaller.size) };
      this.#say(picture, bytes < smaller.size ? this.#words("sending", words) : this.#words("checking"));
    };
    try {
      onProgress(0);
      const token = this.composer.form.elements.csrfmiddlewaretoken.value;
      const address = this.template.dataset.address;
      const { id, url, width, height, size_bytes: size, warning = "" } = await upload(smaller, { address, token, signal: cancel.signal, onProgress });
      this.#keep(picture, { id, url, name, size, width, height });
      picture.chip.querySelector(".fault").textContent = warning;
      picture.chip.classList.toggle("warned", warning !== "");
      const sizes = [file.size, size].map(sizeInWords);
      this.#say(picture, [...new Set(sizes)].join(" → "));
      if (!picture.chip.querySelector("img").hasAttribute("src")) this.#show(picture, url); // HEIC can be seen now
    } catch (failure) {
      this.#fail(picture, failure);
    }
    progress.hidden = true;
    this.#changed();
  }

  #keep(picture, kept) {
    picture.kept = kept;
    if (kept.size) this.#say(picture, sizeInWords(kept.size));
    Object.assign(picture.chip.querySelector("[name='kept']"), { value: kept.id, disabled: false });
  }

  #fail(picture, { status = 0, sentence }) {
    if (!this.pictures.includes(picture)) return;
    picture.failure = { status };
    picture.kept = undefined;
    picture.chip.querySelector("[name='kept']").disabled = true;
    picture.chip.classList.add("failed");
    picture.chip.querySelector(".again").hidden = NO_USE_TO_REPEAT.includes(status) || !picture.file;
    const why = { 403: "forbidden", 404: "gone", 413: "tooLarge" }[status] ?? "notSent";
    picture.chip.querySelector(".fault").textContent = sentence ?? this.#words(why, picture);
    picture.chip.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone the chips scroll sideways
  }

  async #checkOne(picture) {
    try {
      const { status } = await fetch(picture.kept.url, { method: "HEAD", cache: "no-store" });
      if (status !== 404) return;
    } catch {
      return; // no connection: then nobody knows
    }
    this.#fail(picture, { status: 404 });
    this.#changed();
  }

  #tryAgain(isMeant) {
    for (const picture of this.pictures.filter(isMeant)) this.#queue(picture);
    this.#changed();
  }

  // --- Chips

  #addChip(name) {
    const chip = this.template.content.firstElementChild.cloneNode(true);
    const picture = { name, chip };
    chip.querySelector(".name").textContent = name;
    for (const element of chip.querySelectorAll("[aria-label]")) {
      element.setAttribute("aria-label", element.getAttribute("aria-label").replace("{name}", name));
    }
    this.pictures.push(picture);
    this.composer.chips.append(chip);
    return picture;
  }

  #show({ chip }, address) {
    const image = chip.querySelector("img");
    image.src = address;
    image.onload = () => URL.revokeObjectURL(address);
    image.onerror = () => image.removeAttribute("src"); // HEIC, in most browsers
  }

  #say({ chip }, words) {
    chip.querySelector(".size").textContent = words;
  }

  #words(name, values = {}) {
    return this.template.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  #clicked(button) {
    const picture = button && this.pictures.find(({ chip }) => chip.contains(button));
    if (!picture) return;
    this.composer.complain("");
    if (button.matches(".again")) return this.#tryAgain((one) => one === picture);
    this.#drop(picture);
    this.#changed();
    this.composer.field.focus({ preventScroll: true });
  }

  #drop(picture) {
    this.pictures = this.pictures.filter((one) => one !== picture);
    picture.chip.remove();
    picture.cancel?.abort();
  }

  #changed() {
    this.composer.dispatchEvent(new Event("pictures", { bubbles: true }));
  }
}
