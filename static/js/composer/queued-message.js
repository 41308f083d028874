// One message may be queued until the answer that is being written has ended. It stands above the field, and is sent by
// itself when the answer is complete; otherwise it waits for a press.

import { newId } from "./pending-message.js";

export class Queue {
  constructor(composer, outbox) {
    this.composer = composer;
    this.outbox = outbox;
    this.bar = composer.querySelector("#next");
    this.bar.append(composer.querySelector("#waiting-message").content.cloneNode(true));
    this.bar.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")?.dataset.next));
    document.addEventListener("done", ({ detail }) => this.#answered(detail.data));
    document.addEventListener("htmx:sse:after:connection", () => this.#keepStream());
  }

  /** Queue a message; one that is queued already becomes its beginning. */
  add(message) {
    const before = this.message;
    this.message = before ? joined(before, message) : message;
    this.message.id ??= newId();
    const { text, attachments, pictures } = this.message;
    const count = attachments.length + pictures.length;
    this.bar.querySelector(".text").textContent = text || attachments[0]?.name || "…";
    this.bar.querySelector(".things").textContent = count ? `+ ${count}` : "";
    this.bar.hidden = false;
    this.#keepStream();
    this.composer.changed();
  }

  /** Take it out of the queue. */
  take() {
    const { message } = this;
    this.message = undefined;
    this.bar.hidden = true;
    this.composer.changed();
    return message;
  }

  edit() {
    this.composer.give(this.take());
    this.composer.field.focus({ preventScroll: true });
  }

  #clicked(what) {
    if (what === "edit") this.edit();
    if (what === "delete") this.take();
    if (what === "now") this.#now();
    if (what) this.composer.restoreFocus();
  }

  #now() {
    const stop = this.composer.querySelector("#composer-action [form='stop']");
    this.isToSend = Boolean(stop);
    if (stop) stop.click();
    else this.send();
  }

  #answered(state) {
    if (!this.message) return;
    if (this.isToSend || state === "complete") this.send();
    this.isToSend = false;
  }

  /** Send it now; nothing must be running. */
  send() {
    const isElsewhere = this.outbox.draft.hasLost(this.message.id); // another tab was faster
    const message = this.take();
    if (!isElsewhere) this.outbox.sendQueued({ ...message, isNext: true });
  }

  // A hidden tab closes its stream, and would not hear of the end.
  #keepStream() {
    for (const stream of this.message ? document.querySelectorAll("#log [id^='sse-']") : []) {
      document.removeEventListener("visibilitychange", stream._htmx?.sse?.visibilityHandler);
    }
  }
}

function joined(first, second) {
  return {
    text: [first.text, second.text].filter(Boolean).join("\n\n"),
    attachments: [...first.attachments, ...second.attachments],
    pictures: [...first.pictures, ...second.pictures],
    web: first.web || second.web,
  };
}
