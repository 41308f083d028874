// Stores drafts and sends messages. One on its way leaves the field at once and stands in the conversation; it is given back
// when it does not arrive, and forgotten only when the server has said that it has it.

import { fetchSent } from "../lib/stream-connection.js";
import { Draft } from "./drafts.js";
import { newId, showRow } from "./pending-message.js";

const SAVED_EVERY_MS = 400;
const STATUS_SAYS = { 403: "forbidden", 404: "gone", 413: "tooLarge" };
const UNPROCESSABLE = 422; // htmx puts the server's own sentence in place
const WORTH_ANOTHER_TRY = ["offline", "broken"];

export class Outbox {
  constructor(composer) {
    this.composer = composer;
    this.draft = new Draft(composer.dataset.person, composer.path);
    const listen = (kind, listener) =>
      composer.addEventListener(kind, ({ detail: { ctx } }) => ctx?.sourceElement === composer.form && listener(ctx));
    listen("htmx:config:request", (ctx) => this.#fillForm(ctx));
    listen("htmx:after:request", (ctx) => this.#answered(ctx));
    listen("htmx:before:swap", () => this.dropRow());
    listen("htmx:error", () => this.sending && this.#giveBack("offline"));
    addEventListener("storage", (event) => this.#otherTabWrote(event));
    addEventListener("pagehide", () => this.#isUnsaved && this.save());
    document.addEventListener("click", ({ target }) => target.closest("[data-again]") && this.#retry());
  }

  // --- Drafts

  /** Show the draft, which the field may have already. */
  restore(given) {
    const { composer } = this;
    const stored = this.draft.read(given.trim());
    if (!stored) return;
    if (hasArrived(stored.tried) && isSame(stored, stored.tried)) Object.assign(stored, { text: "", attachments: [], pictures: [] });
    const messages = [stored, stored.sending].filter((one) => one && !hasArrived(one));
    stored.text = united(stored.text, composer.field.value);
    composer.field.value = "";
    this.tried = stored.tried ?? messages[1];
    this.#giveAll(messages, stored.next);
    composer.restoreChoices(stored);
  }

  /** Until all of it is shown, `save` stores it as it was: the modules that show it may be late, or never come. */
  async #giveAll(messages, next) {
    const [attachments, pictures] = ["attachments", "pictures"].map((name) => messages.flatMap((message) => message[name]));
    this.restoring = { attachments, pictures, next };
    await Promise.all([...messages.map((message) => this.composer.give(message)), next && this.#enqueue(() => next)]);
    this.restoring = undefined;
  }

  /** Show the draft again if another page has changed it. */
  catchUp() {
    if (this.#isUnsaved || this.sending || !this.draft.hasChanged) return;
    this.#clear();
    this.restore("");
    this.#forgetChange(); // that is as it is stored
  }

  changed() {
    this.saveSoon();
    this.dropRow();
    if (!this.isToSend || this.composer.isUploading) return;
    this.isToSend = false;
    this.composer.note("");
    setTimeout(() => this.send()); // not at once: a second submit inside the first would be ignored
  }

  saveSoon() {
    this.#saveTimer ??= setTimeout(() => this.save(), SAVED_EVERY_MS);
  }

  #saveTimer;

  get #isUnsaved() {
    return this.#saveTimer !== undefined;
  }

  #forgetChange() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
  }

  save() {
    this.#forgetChange();
    const { contents, field } = this.composer;
    const { sending, tried } = this;
    const draft = { ...contents, next: this.queue?.message, ...this.restoring };
    const isSomething = draft.text.trim() || draft.attachments.length || draft.pictures.length || sending || draft.next;
    const isStored = this.draft.write(isSomething ? { ...draft, sending, tried } : null);
    field.autocomplete = isStored ? "off" : "on"; // or the browser would restore what was sent or removed
  }

  #otherTabWrote(event) {
    if (!this.#isUnsaved && this.draft.hasGone(event)) this.#clear();
  }

  #clear() {
    this.composer.take();
    this.queue?.take();
    this.restoring = undefined;
    this.#forgetChange(); // or this tab would remove what another is sending
  }

  // --- May it be sent?

  /** Send what is in the field, or queue it while an answer is running. */
  send() {
    const { composer } = this;
    if (composer.sendButton && !this.sending) composer.form.requestSubmit(composer.sendButton);
    else if (!this.#mustWait()) this.#enqueue(() => !composer.isEmpty && composer.take());
  }

  /** Send a message that is not in the field. */
  sendQueued(message) {
    const { form, sendButton } = this.composer;
    this.outgoing = message;
    if (sendButton) form.requestSubmit(sendButton);
    this.outgoing = undefined;
    if (this.sending !== message) this.queue.add(message);
  }

  #retry() {
    if (this.queue?.message) this.queue.send();
    else this.send();
  }

  /** Say what keeps the message in the field, if anything does. */
  #mustWait() {
    const { composer } = this;
    this.isToSend = composer.isUploading;
    if (composer.isOffline) composer.say("cut");
    else if (this.isToSend) composer.say("held");
    else if (composer.hasFailedImage) composer.complain(composer.dataset.amiss);
    else if (composer.isEmpty) composer.field.focus();
    else return false;
    return true;
  }

  async #enqueue(getMessage) {
    const { Queue } = await import("./queued-message.js");
    this.queue ??= new Queue(this.composer, this);
    const message = getMessage();
    if (message) this.queue.add(message);
  }

  // --- On its way

  /** The form is being submitted. Return whether it may be. "Send anyway" is for what was refused, queued or not. */
  begin(button) {
    const { composer, queue } = this;
    const isForQueued = button?.name === "over_limit" && queue?.message && isSame(queue.message, this.tried);
    const isElsewhere = this.outgoing || isForQueued; // not in the field
    if (!composer.sendButton || this.sending || (isElsewhere ? composer.isOffline : this.#mustWait())) return false;
    composer.complain("");
    this.dropRow();
    this.wasWriting = document.activeElement === composer.field;
    if (isForQueued) this.sending = { ...queue.take(), isNext: true };
    else this.sending = this.outgoing ?? composer.take();
    if (isSame(this.sending, this.tried)) this.sending.id = this.tried.id;
    this.sending.id ??= newId();
    this.tried = undefined;
    this.save();
    this.row = showRow(this.sending);
    this.#announce();
    return true;
  }

  #fillForm(ctx) {
    const { id, text, attachments, pictures, web } = this.sending;
    const { body } = ctx.request;
    ctx.fetch = fetchSent;
    body.set("stream", "1");
    body.set("id", id); // of the message, so that it is stored once, however often it is sent
    body.set("text", text);
    body.set("web", web ? "on" : "");
    body.delete("kept");
    for (const { id, address } of pictures) body.append(address ? "image_address" : "kept", id);
    for (const attachment of attachments) {
      body.append("attachment", attachment.text);
      body.append("attachment_name", attachment.name);
    }
  }

  #answered({ response: { status, raw }, hx }) {
    const isSignedOut = hx.redirect?.startsWith("/?");
    this.composer.note("");
    if (raw.ok && !isSignedOut) this.#arrived(hx.pushurl);
    else if (isSignedOut || status === UNPROCESSABLE) this.#giveBack();
    else this.#giveBack(STATUS_SAYS[status] ?? "broken");
  }

  #arrived(newAddress) {
    const { composer, sending } = this;
    this.sending = undefined;
    if (newAddress) {
      const action = `${newAddress}messages/`;
      composer.form.setAttribute("action", action);
      composer.form.setAttribute("hx-post", action); // read at each submit
      this.draft.moveTo(newAddress);
    }
    this.save();
    if (!sending.isNext) composer.takeFocus(this);
    this.#announce();
  }

  /** Give back what could not be sent; where it may help, its row offers to retry. */
  async #giveBack(why) {
    const { composer, sending, row } = this;
    composer.note("");
    this.sending = this.row = undefined;
    this.tried = sending; // it may have arrived all the same
    if (!sending.isNext) composer.takeFocus(this);
    if (why) composer.complain(composer.dataset[why]);
    if (sending.isNext) this.queue.add(sending);
    else await composer.give(sending);
    this.save();
    this.row = row;
    if (!WORTH_ANOTHER_TRY.includes(why)) return this.dropRow();
    row.querySelector(".unsent").removeAttribute("hidden");
    document.querySelector("#empty")?.setAttribute("hidden", "");
  }

  /** Remove the row: the server's own is there, or what failed has been changed. */
  dropRow() {
    if (this.sending) return;
    this.row?.remove();
    this.row = undefined;
    document.querySelector("#empty")?.removeAttribute("hidden");
  }

  #announce() {
    this.composer.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
  }
}

/** Does the page show it? Its id is that of its article, but for the dashes. */
function hasArrived(message) {
  const id = message?.id?.replace(/(.{8})(.{4})(.{4})(.{4})/, "message-$1-$2-$3-$4-");
  return Boolean(id && document.getElementById(id));
}

function isSame(one, other) {
  const content = (message) => JSON.stringify([message?.text.trim(), message?.attachments, message?.pictures.map(({ id }) => id)]);
  return content(one) === content(other);
}

/** Both texts, or the longer one if it begins with the other. */
function united(one, other) {
  const [short, long] = [one, other].sort((a, b) => a.trim().length - b.trim().length);
  return long.trim().startsWith(short.trim()) ? long : `${one}\n\n${other}`;
}
