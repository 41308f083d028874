// One message may wait until the answer that is being written has ended. It stands above the field, and goes by itself
// when that end is a good one; otherwise it waits for a word.

import { newId } from "./outbox.js";

export class Next {
  constructor(composer) {
    this.composer = composer;
    this.bar = composer.querySelector("#next");
    this.bar.append(composer.querySelector("#waiting-message").content.cloneNode(true));
    this.bar.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")?.dataset.next));
    document.addEventListener("done", ({ detail }) => this.#over(detail.data));
    document.addEventListener("htmx:sse:after:connection", () => this.#keepLine());
  }

  /** Put a message here; behind one that waits already. */
  add(message) {
    const before = this.message;
    this.message = before ? joined(before, message) : message;
    this.message.id ??= newId();
    const { text, attachments, pictures } = this.message;
    const things = attachments.length + pictures.length;
    this.bar.querySelector(".text").textContent = text || attachments[0]?.name || "…";
    this.bar.querySelector(".things").textContent = things ? `+ ${things}` : "";
    this.bar.hidden = false;
    this.#keepLine();
    this.composer.changed();
  }

  /** Take it away from here. */
  take() {
    const { message } = this;
    this.message = undefined;
    this.bar.hidden = true;
    this.composer.changed();
    return message;
  }

  edit() {
    this.composer.outbox.give(this.take());
    this.composer.field.focus({ preventScroll: true });
  }

  #clicked(what) {
    if (what === "edit") this.edit();
    if (what === "delete") this.take();
    if (what === "now") this.#now();
    if (what) this.composer.restoreFocus();
  }

  #now() {
    const stop = this.composer.stopButton;
    this.isWanted = Boolean(stop);
    if (stop) stop.click();
    else this.send();
  }

  #over(state) {
    if (!this.message) return;
    if (this.isWanted || state === "complete") this.send();
    this.isWanted = false;
  }

  /** Send it now; nothing must be running. */
  send() {
    const isElsewhere = this.composer.outbox.draft.hasLost(this.message.id); // another tab was faster
    const message = this.take();
    if (!isElsewhere) this.composer.outbox.send({ ...message, isNext: true });
  }

  // A hidden tab lets its line go, and would not hear of the end.
  #keepLine() {
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
  };
}
