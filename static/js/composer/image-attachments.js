// The images that are attached to a message: each is made smaller and uploaded at once, one after the other, and has a chip
// above the field. The message then only names them. A chip whose image could not be uploaded says so; the others go on.
// PDFs and audio files are uploaded as they are; composer/file-attachments.js says more of them.

import { shrink, sizeInWords } from "./image-resize.js";
import { upload } from "./image-upload.js";

const MOST_IMAGES = 8;
const NO_USE_TO_REPEAT = [413, 422]; // the image is at fault

export class ImageAttachments {
  constructor(composer) {
    this.composer = composer;
    this.template = composer.querySelector("#chip");
    this.images = []; // {chip, name, file, smaller, uploaded, failure, cancel}, in the order of their chips
    this.shrinking = this.uploading = Promise.resolve();
    composer.chips.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")));
    this.#takeServerImages();
    addEventListener("online", () => this.#retry(({ failure }) => failure?.status === 0));
  }

  // --- What the composer asks

  /** What has been uploaded, as a draft stores it: {id, url, name, size, width, height} for each. */
  get uploaded() {
    return this.images.flatMap(({ uploaded }) => uploaded ?? []);
  }

  get isUploading() {
    return this.images.some(({ uploaded, failure }) => !uploaded && !failure);
  }

  get hasFailed() {
    return this.images.some(({ failure }) => failure);
  }

  /** Add files; the event `pictures` tells of everything that becomes of them. */
  add(files) {
    for (const file of files) if (this.#hasRoom) this.#addFile(file);
    this.#changed();
  }

  /** Add an image that is not uploaded, but at an address. */
  addStored(image) {
    if (this.#hasRoom) this.restore([image]);
  }

  /** Is another image allowed? If not, say so. */
  get #hasRoom() {
    const isFull = Math.max(this.images.length, this.composer.imageCount) >= MOST_IMAGES;
    if (isFull) this.composer.say("tooMany", { count: MOST_IMAGES });
    return !isFull;
  }

  /** Show again what a draft has stored. Of too many none is dropped: the server says so when they are sent. */
  restore(list) {
    for (const uploaded of list) {
      if (this.images.some((one) => one.uploaded?.id === uploaded.id)) continue;
      const image = this.#addChip(uploaded.name);
      if (!isOther(uploaded)) this.#show(image, uploaded.url);
      this.#setUploaded(image, uploaded);
    }
    this.#changed();
    for (const image of this.images) if (image.uploaded?.url) this.#checkExists(image);
  }

  /** Those that came with the page, after it was sent without a script, become chips like others. */
  #takeServerImages() {
    const chips = [...this.composer.chips.querySelectorAll(".kept")];
    for (const chip of chips) chip.remove();
    this.restore(chips.filter((chip) => chip.querySelector(":checked")).map(imageOf));
  }

  clear() {
    if (!this.images.length) return;
    for (const image of this.images) this.#drop(image);
    this.#changed();
  }

  // --- From a file to an image on the server

  #addFile(file) {
    const image = this.#addChip(file.name);
    image.file = file;
    this.#show(image, URL.createObjectURL(file));
    this.#say(image, sizeInWords(file.size));
    // One after the other: eight photos at once are more than a phone can hold.
    this.shrinking = this.shrinking.then(() => this.#shrink(image));
    this.#queue(image);
  }

  #queue(image) {
    image.failure = undefined;
    image.chip.classList.remove("failed", "warned");
    image.chip.querySelector(".fault").textContent = "";
    this.uploading = Promise.all([this.uploading, this.shrinking]).then(() => this.#upload(image));
  }

  async #shrink(image) {
    if (this.images.includes(image)) image.smaller = await shrink(image.file).catch(() => image.file);
  }

  async #upload(image) {
    if (!this.images.includes(image)) return;
    image.cancel = new AbortController();
    const { smaller, cancel } = image;
    const progress = image.chip.querySelector("progress");
    progress.hidden = false;
    const onProgress = (bytes) => {
      progress.value = bytes / (smaller.size || 1);
      const words = { sent: sizeInWords(bytes), size: sizeInWords(smaller.size) };
      this.#say(image, bytes < smaller.size ? this.#words("sending", words) : this.#words("checking"));
    };
    try {
      onProgress(0);
      const token = this.composer.form.elements.csrfmiddlewaretoken.value;
      const address = this.template.dataset.address;
      const options = { address, token, signal: cancel.signal, onProgress };
      this.#setStored(image, await upload(smaller, options));
    } catch (failure) {
      this.#fail(image, failure);
    }
    progress.hidden = true;
    this.#changed();
  }

  #setStored(image, { size_bytes: size, warning = "", text, ...facts }) {
    if (text !== undefined) return this.#becomeText(image, text);
    this.#setUploaded(image, { ...facts, name: image.name, size });
    if (facts.type) return;
    image.chip.querySelector(".fault").textContent = warning;
    image.chip.classList.toggle("warned", warning !== "");
    const sizes = [image.file.size, size].map(sizeInWords);
    this.#say(image, [...new Set(sizes)].join(" → "));
    if (!image.chip.querySelector("img").hasAttribute("src")) this.#show(image, facts.url); // HEIC can be seen now
  }

  /** Of an Office document only the text is sent. */
  #becomeText(image, text) {
    this.#drop(image);
    this.composer.attachments.texts.add({ name: image.name, text });
  }

  #setUploaded(image, uploaded) {
    image.uploaded = uploaded;
    if (uploaded.size) this.#say(image, sizeInWords(uploaded.size));
    if (isOther(uploaded)) this.#describe(image);
    Object.assign(image.chip.querySelector("[name='kept']"), { value: uploaded.id, disabled: false });
  }

  #fail(image, { status = 0, sentence }) {
    if (!this.images.includes(image)) return;
    image.failure = { status };
    image.uploaded = undefined;
    image.chip.querySelector("[name='kept']").disabled = true;
    image.chip.classList.add("failed");
    image.chip.querySelector(".again").hidden = NO_USE_TO_REPEAT.includes(status) || !image.file;
    const why = { 403: "forbidden", 404: "gone", 413: "tooLarge" }[status] ?? "notSent";
    image.chip.querySelector(".fault").textContent = sentence ?? this.#words(why, image);
    image.chip.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone the chips scroll sideways
  }

  async #describe(image) {
    if (image.uploaded.thumbnail) this.#show(image, image.uploaded.thumbnail);
    const { describe } = await import("./file-attachments.js");
    if (image.uploaded) describe(this.composer, image);
    this.#changed();
  }

  /** Unsent images are deleted after a day. */
  async #checkExists(image) {
    try {
      const { status } = await fetch(image.uploaded.url, { method: "HEAD", cache: "no-store" });
      if (status !== 404) return;
    } catch {
      return; // no connection: then nobody knows
    }
    this.#fail(image, { status: 404 });
    this.#changed();
  }

  #retry(isWanted) {
    for (const image of this.images.filter(isWanted)) this.#queue(image);
    this.#changed();
  }

  // --- Chips

  #addChip(name) {
    const chip = this.template.content.firstElementChild.cloneNode(true);
    const image = { name, chip };
    chip.querySelector(".name").textContent = name;
    for (const element of chip.querySelectorAll("[aria-label]")) {
      element.setAttribute("aria-label", element.getAttribute("aria-label").replace("{name}", name));
    }
    this.images.push(image);
    this.composer.chips.append(chip);
    return image;
  }

  #show({ chip }, address) {
    const img = chip.querySelector("img");
    img.src = address;
    img.onload = () => URL.revokeObjectURL(address);
    img.onerror = () => img.removeAttribute("src"); // HEIC, in most browsers, and what is no image
  }

  #say({ chip }, words) {
    chip.querySelector(".size").textContent = words;
  }

  #words(name, values = {}) {
    return this.template.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  #clicked(button) {
    const image = button && this.images.find(({ chip }) => chip.contains(button));
    if (!image) return;
    this.composer.complain("");
    if (button.matches(".again")) return this.#retry((one) => one === image);
    this.#drop(image);
    this.#changed();
    this.composer.field.focus({ preventScroll: true });
  }

  #drop(image) {
    this.images = this.images.filter((one) => one !== image);
    image.chip.remove();
    image.cancel?.abort();
  }

  #changed() {
    this.composer.dispatchEvent(new Event("pictures", { bubbles: true }));
  }
}

/** An image, or a file, of the page. */
function imageOf(chip) {
  const [{ value: id, dataset }, { src, width, height }] = [chip.querySelector("input"), chip.querySelector("img")];
  const { type, url = src, size = 0, pages = 0, tokens = 0 } = dataset;
  const name = chip.querySelector(".name").textContent.trim();
  if (!type) return { id, url, name, width, height };
  return { id, url, name, type, thumbnail: src, size: Number(size), pages: Number(pages), tokens: Number(tokens) };
}

/** Is it a file, or an image at an address? */
function isOther({ type, address }) {
  return Boolean(type ?? address);
}
