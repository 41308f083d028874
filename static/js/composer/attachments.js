// What is attached to a message, images, files and long texts, whichever way it comes: by the picker, by paste, by drop.

import { ImageAttachments } from "./image-attachments.js";
import { TextAttachments } from "./text-attachments.js";

export class Attachments {
  constructor(composer) {
    this.composer = composer;
    this.images = new ImageAttachments(composer);
    this.texts = new TextAttachments(composer);
  }

  async add(files, pastedText, html) {
    const images = files.filter(isImage);
    if (html || isAddress(pastedText)) return this.#addAddress(pastedText, html);
    if (pastedText) this.texts.add({ name: this.composer.dataset.pasted, text: pastedText.replace(/\r\n?/g, "\n") });
    if (images.length) this.images.add(images);
    for (const file of files) if (!isImage(file)) await this.#addOther(file);
  }

  async #addOther(file) {
    const { isForServer } = await import("./file-attachments.js");
    try {
      if (await isForServer(file)) this.images.add([file]);
      else await this.texts.addFile(file);
    } catch {
      this.texts.refuse("notRead", file); // a folder, or a file that has gone
    }
  }

  /** The address of an image, which nobody fetches but the provider of the model. */
  async #addAddress(text, html) {
    const { addressIn } = await import("./file-attachments.js");
    const found = addressIn(text, html);
    if (found) this.images.addStored(found);
    else if (text) this.composer.insert(text);
  }

  /** Show again what a draft has stored. */
  restore(images, texts) {
    if (images.length) this.images.restore(images);
    for (const text of texts) this.texts.add(text, { isNew: false });
  }

  clear() {
    this.images.clear();
    this.texts.clear();
  }
}

function isAddress(text) {
  return text && text.length < 2000 && /^\s*https?:\/\/\S+\s*$/i.test(text);
}

function isImage({ name, type }) {
  return type.startsWith("image/") || /\.hei[cf]$/i.test(name);
}
