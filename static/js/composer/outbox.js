// Sends messages, and stores drafts. A message on its way leaves the field at once and stands in the conversation; it is
// given back when it does not arrive, and forgotten only when the server has said that it has it.

import { Draft } from "./drafts.js";
import { showRow } from "./pending-message.js";

const STATUS_SAYS = { 403: "forbidden", 404: "gone", 413: "tooLarge" };
const UNPROCESSABLE = 422; // htmx puts the server's own sentence in place
const WORTH_ANOTHER_TRY = ["offline", "broken"];

export class Outbox {
  constructor(composer) {
    this.composer = composer;
    this.draft = new Draft(composer.dataset.person, composer.path);
    const listen = (kind, listener) =>
      composer.addEventListener(kind, ({ detail: { ctx } }) => ctx?.sourceElement === composer.form && listener(ctx));
    listen("htmx:config:request", (ctx) => this.#fillForm(ctx.request.body));
    listen("htmx:after:request", (ctx) => this.#answered(ctx));
    listen("htmx:before:swap", () => this.dropRow());
    listen("htmx:error", () => this.sending && this.#giveBack("offline"));
    addEventListener("storage", (event) => this.#otherTabWrote(event));
  }

  // --- Drafts

  /** Show the draft. The field may have it already, from the server or the browser. */
  restore(given) {
    const { composer } = this;
    const lastSent = [...document.querySelectorAll("#log [data-role='user'] > .text")].at(-1)?.textContent;
    const stored = this.draft.read({ given: given.trim(), lastSent });
    if (!stored) return;
    stored.text = united(stored.text, composer.field.value);
    composer.field.value = "";
    this.tried = stored.tried ?? stored.sending;
    composer.give(stored);
    if (stored.sending) composer.give(stored.sending);
    if (stored.next) composer.loadQueue().then((queue) => queue.add(stored.next));
    composer.restoreModel(stored.model);
  }

  /** Show the draft again, if another page has changed it before this one came back. */
  catchUp() {
    if (this.composer.isUnsaved || this.sending || !this.draft.hasChanged) return;
    this.#clear();
    this.restore("");
    this.composer.forgetChange(); // that is as it is stored
  }

  save() {
    const { contents, field, queue } = this.composer;
    const { text, attachments, pictures } = contents;
    const [sending, next] = [this.sending, queue?.message];
    const isSomething = text.trim() || attachments.length || pictures.length || sending || next;
    const isStored = this.draft.write(isSomething ? { ...contents, sending, next, tried: this.tried } : null);
    field.autocomplete = isStored ? "off" : "on"; // or the browser would restore what was sent or removed
  }

  #otherTabWrote(event) {
    if (!this.composer.isUnsaved && this.draft.hasGone(event)) this.#clear();
  }

  #clear() {
    this.composer.take();
    this.composer.queue?.take();
    this.composer.forgetChange(); // or this tab would remove what another is sending
  }

  // --- On its way

  /** Send a message that is not in the field. */
  send(message) {
    this.outgoing = message;
    this.composer.submit();
    this.outgoing = undefined;
    if (this.sending !== message) this.composer.queue.add(message);
  }

  /** The form is being submitted, with what is in it or a queued message. */
  begin() {
    const { composer } = this;
    composer.complain("");
    this.dropRow();
    this.wasWriting = document.activeElement === composer.field;
    this.sending = this.outgoing ?? composer.take();
    if (isSame(this.sending, this.tried)) this.sending.id = this.tried.id;
    this.sending.id ??= newId();
    this.tried = undefined;
    this.save();
    this.row = showRow(this.sending);
    this.#announce();
  }

  #fillForm(body) {
    const { id, text, attachments, pictures } = this.sending;
    body.set("id", id); // of the message, so that it is stored once, however often it is sent
    body.set("text", text);
    body.delete("kept");
    for (const { id } of pictures) body.append("kept", id);
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
    if (sending.isNext) composer.queue.add(sending);
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

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is for https alone
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isSame(one, other) {
  const content = (message) => JSON.stringify([message?.text.trim(), message?.attachments, message?.pictures.map(({ id }) => id)]);
  return content(one) === content(other);
}

function joined(...texts) {
  return texts.filter((one) => one.trim()).join("\n\n");
}

/** Both texts, or the longer one if it begins with the other. */
function united(one, other) {
  const [short, long] = [one, other].sort((a, b) => a.trim().length - b.trim().length);
  return long.trim().startsWith(short.trim()) ? long : joined(one, other);
}
