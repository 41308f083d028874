// The pictures that wait above the field: a chip for each, made smaller one after the other.

import { isPicture, shrink, sizeInWords } from "./pictures.js";

const MOST_PICTURES = 8;

export class Tray {
  constructor(composer) {
    this.composer = composer;
    this.pictures = []; // {file, chip}, in the order of their chips
    this.shrinking = Promise.resolve();
    composer.chips.addEventListener("click", ({ target }) => this.#remove(target.closest("button")?.closest(".chip")));
  }

  /** Take pictures in; is done when all of them are ready to travel. */
  add(files) {
    this.composer.note("");
    this.#write(); // a picker has put `files` into the input: they would count before they are taken in
    for (const file of files) {
      if (!isPicture(file)) this.composer.say("notAPicture", { name: file.name });
      else if (this.composer.pictureCount >= MOST_PICTURES) this.composer.say("tooMany", { count: MOST_PICTURES });
      else this.#addOne(file);
    }
    this.#write();
    return this.shrinking;
  }

  clear() {
    this.pictures = [];
    this.#write();
  }

  get sizeInWords() {
    return sizeInWords(this.pictures.reduce((sum, { file }) => sum + file.size, 0));
  }

  #addOne(file) {
    const picture = { file, chip: this.#chip(file) };
    this.pictures.push(picture);
    this.composer.chips.append(picture.chip);
    this.#write();
    // One after the other: eight photos at once are more than a phone can hold.
    this.shrinking = this.shrinking.then(async () => {
      if (!this.pictures.includes(picture)) return;
      picture.file = await shrink(file);
      const sizes = [file, picture.file].map(({ size }) => sizeInWords(size));
      picture.chip.querySelector(".size").textContent = [...new Set(sizes)].join(" → ");
      this.#write();
    });
  }

  #chip(file) {
    const chip = this.composer.querySelector("#chip").content.firstElementChild.cloneNode(true);
    const [image, button] = [chip.querySelector("img"), chip.querySelector("button")];
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    image.onerror = () => image.removeAttribute("src"); // HEIC, in most browsers
    chip.querySelector(".name").textContent = file.name;
    chip.querySelector(".size").textContent = sizeInWords(file.size);
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace("{name}", file.name));
    return chip;
  }

  #remove(chip) {
    if (!chip) return;
    this.pictures = this.pictures.filter((picture) => picture.chip !== chip);
    chip.remove();
    this.#write();
    this.composer.field.focus({ preventScroll: true });
  }

  // A file input takes only what a FileList holds, and a DataTransfer is the one way to make such a list.
  #write() {
    const transfer = new DataTransfer();
    for (const { file } of this.pictures) transfer.items.add(file);
    this.composer.images.files = transfer.files;
    this.composer.checkSight();
  }
}
