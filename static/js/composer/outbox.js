// A message on its way. It leaves the field at once and stands in the conversation; it is given back when it does not
// arrive, and forgotten only when the server has said that it has it.

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
    listen("htmx:config:request", (ctx) => this.#fill(ctx.request.body));
    listen("htmx:after:request", (ctx) => this.#answered(ctx));
    listen("htmx:before:swap", () => this.dropRow());
    listen("htmx:error", () => this.sending && this.#comeBack("offline"));
    addEventListener("storage", (event) => this.#otherTabWrote(event));
  }

  // --- Drafts

  /** Show what is kept, once: the field may have it already, from the server or from the browser itself. */
  restore(given) {
    const { composer } = this;
    const lastSent = [...document.querySelectorAll("#log [data-role='user'] > .text")].at(-1)?.textContent;
    const kept = this.draft.read({ given: given.trim(), lastSent });
    if (!kept) return;
    kept.text = united(kept.text, composer.field.value);
    composer.field.value = "";
    this.tried = kept.tried ?? kept.sending;
    this.give(kept);
    if (kept.sending) this.give(kept.sending);
    if (kept.next) composer.loadNext().then((next) => next.add(kept.next));
    if (!composer.hasModelGiven) composer.choose(kept.model);
  }

  /** Go on from what is kept, if this page comes back as it was left and another has changed that. */
  catchUp() {
    if (this.composer.isUnsaved || this.sending || !this.draft.hasChanged) return;
    this.#clear();
    this.restore("");
    this.composer.forgetChange(); // that is as it is kept
  }

  save() {
    const { contents: here, field, next } = this.composer;
    const kept = { sending: this.sending, next: next?.message, tried: this.tried };
    const isSomething = here.text.trim() || here.attachments.length || here.pictures.length || kept.sending || kept.next;
    const isKept = this.draft.write(isSomething ? { ...here, ...kept } : null);
    field.autocomplete = isKept ? "off" : "on"; // or the browser would bring back, on its own, what was sent or removed
  }

  #otherTabWrote(event) {
    if (!this.composer.isUnsaved && this.draft.hasGone(event)) this.#clear();
  }

  #clear() {
    this.take();
    this.composer.next?.take();
    this.composer.forgetChange(); // or this tab would remove what the other is sending
  }

  // --- Out of the composer, and back

  take() {
    const { composer } = this;
    const given = [...composer.querySelectorAll(".chip.kept:has(:checked)")].map(pictureOf);
    const message = {
      text: composer.field.value,
      attachments: composer.texts?.list ?? [],
      pictures: [...given, ...(composer.tray?.take() ?? [])],
    };
    composer.chips.replaceChildren();
    composer.texts?.clear();
    composer.write("");
    return message;
  }

  /** Put a message back, before whatever has been written since. */
  async give({ text, attachments, pictures }) {
    const { composer } = this;
    composer.write(joined(text, composer.field.value));
    const missing = pictures.filter(({ id }) => !composer.form.querySelector(`[name="kept"][value="${id}"]`));
    if (missing.length) (await composer.loadTray()).restore(missing);
    const texts = attachments.length && (await composer.loadTexts());
    for (const attachment of attachments) texts.add(attachment, { isNew: false });
  }

  // --- On its way

  /** Send a message that is not in the field. */
  send(message) {
    const { form, sendButton, next } = this.composer;
    this.outgoing = message;
    if (sendButton) form.requestSubmit(sendButton);
    this.outgoing = undefined;
    if (this.sending !== message) next.add(message);
  }

  /** The form is being submitted: with what stands in it, unless another message was to go. */
  begin() {
    const { composer } = this;
    composer.complain("");
    this.dropRow();
    this.wasWriting = composer.isWriting;
    this.sending = this.outgoing ?? this.take();
    if (isSame(this.sending, this.tried)) this.sending.id = this.tried.id;
    this.sending.id ??= newId();
    this.tried = undefined;
    this.save();
    this.row = showRow(this.sending);
    this.#tell();
  }

  #fill(body) {
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
    else if (isSignedOut || status === UNPROCESSABLE) this.#comeBack();
    else this.#comeBack(STATUS_SAYS[status] ?? "broken");
  }

  #arrived(newAddress) {
    const { composer, sending } = this;
    this.sending = undefined;
    if (newAddress) {
      const action = `${newAddress}messages/`;
      composer.form.setAttribute("action", action);
      composer.form.setAttribute("hx-post", action); // read anew at each submit
      this.draft.moveTo(newAddress);
    }
    this.save();
    if (!sending.isNext) composer.takeFocus(this);
    this.#tell();
  }

  /** Give back what could not be sent; where trying again may help, its row stays and offers that. */
  async #comeBack(why) {
    const { composer, sending, row } = this;
    composer.note("");
    this.sending = this.row = undefined;
    this.tried = sending; // it may have arrived, and only the word of that been lost
    if (!sending.isNext) composer.takeFocus(this);
    if (why) composer.complain(composer.dataset[why]);
    if (sending.isNext) composer.next.add(sending);
    else await this.give(sending);
    this.save();
    this.row = row;
    if (!WORTH_ANOTHER_TRY.includes(why)) return this.dropRow();
    row.querySelector(".unsent").removeAttribute("hidden");
    document.querySelector("#empty")?.setAttribute("hidden", "");
  }

  /** The row goes when the server's own is there, or when what failed is no longer what it says. */
  dropRow() {
    if (this.sending) return;
    this.row?.remove();
    this.row = undefined;
    document.querySelector("#empty")?.removeAttribute("hidden");
  }

  #tell() {
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

/** Both texts, or the longer one where it is the other that somebody went on with. */
function united(one, other) {
  const [short, long] = [one, other].sort((a, b) => a.trim().length - b.trim().length);
  return long.trim().startsWith(short.trim()) ? long : joined(one, other);
}

/** A picture that the server has put above the field, as the tray keeps one. */
function pictureOf(chip) {
  const [{ value: id }, { src: url, width, height }] = [chip.querySelector("input"), chip.querySelector("img")];
  return { id, url, width, height, name: chip.textContent.trim() };
}
