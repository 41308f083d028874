// What is attached to a message, images and long texts, whichever way it comes: by the picker, by paste, by drop.

import { ImageAttachments } from "./image-attachments.js";
import { TextAttachments } from "./text-attachments.js";

export class Attachments {
  constructor(composer) {
    this.composer = composer;
    this.images = new ImageAttachments(composer);
    this.texts = new TextAttachments(composer);
  }

  async add(files, pastedText) {
    const images = files.filter(isImage);
    if (pastedText) this.texts.add({ name: this.composer.dataset.pasted, text: pastedText.replace(/\r\n?/g, "\n") });
    if (images.length) this.images.add(images);
    for (const file of files) if (!isImage(file)) await this.texts.addFile(file);
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

function isImage({ name, type }) {
  return type.startsWith("image/") || /\.hei[cf]$/i.test(name);
}
