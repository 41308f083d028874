// The field at the bottom: what Enter does, pictures and long texts from everywhere, and nothing lost when sending fails.
// What is not needed for an empty field is loaded with the first key: drafts, rows, prices.

const MOUSE = matchMedia("(pointer: fine)");
const LONG_TEXT = 3984; // characters; pasted it would flood the field
const SAVED_EVERY_MS = 400;

class ChatComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("#composer");
    this.field = this.querySelector("#text");
    this.images = this.querySelector("#images");
    this.model = this.querySelector("#model");
    this.chips = this.querySelector("#chips");
    this.adding = 0;

    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    MOUSE.addEventListener("change", () => this.#tellKeyboard());
    this.#tellKeyboard();
    this.field.addEventListener("input", () => this.changed());
    this.images.addEventListener("change", () => this.#picked());
    this.addEventListener("pictures", () => this.#picturesChanged());
    this.chips.addEventListener("change", () => this.#picturesChanged()); // one that the server gave back
    this.model.addEventListener("change", () => this.#modelChosen());
    this.addEventListener("mousedown", (event) => this.#keepFocus(event));
    this.addEventListener("click", ({ target }) => target.closest("#queue") && this.#queue());
    this.addEventListener("submit", (event) => this.#submitted(event), { capture: true }); // before htmx
    this.addEventListener("htmx:after:request", ({ detail }) => this.#stopped(detail.ctx));
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
    for (const kind of ["dragover", "dragleave", "drop"]) addEventListener(kind, (event) => this.#dragged(event));
    for (const kind of ["online", "offline"]) addEventListener(kind, (event) => this.#lineChanged(event));
    addEventListener("pageshow", (event) => this.#shown(event));
    addEventListener("pagehide", () => this.isUnsaved && (this.outbox ? this.save() : this.#saveInHaste()));

    new MutationObserver(() => this.checkSight()).observe(this.querySelector("#earlier"), { childList: true });
    new MutationObserver(() => this.#dimSend()).observe(this.querySelector("#composer-action"), { childList: true });
    this.#dimSend();
    this.#restore();
    this.takeFocus();
  }

  // --- What is said here. The words come from the template, in the reader's language.

  note(text) {
    this.querySelector("#composer-note").textContent = text;
  }

  get noteText() {
    return this.querySelector("#composer-note").textContent;
  }

  say(name, values = {}) {
    this.note(this.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]));
  }

  get errorText() {
    return this.querySelector("#composer-error").textContent;
  }

  complain(text) {
    this.querySelector("#composer-error").textContent = text;
  }

  // --- The text

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // 229: Safari, composing
    if (event.key === "ArrowUp" && this.isEmpty) return this.#editLast(event);
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey || (this.#sendsWithEnter && !event.shiftKey && !event.altKey)) {
      event.preventDefault();
      this.#send();
    }
  }

  get #sendsWithEnter() {
    const { enter } = this.dataset; // as the person likes it
    return enter === "always" || (enter !== "never" && MOUSE.matches);
  }

  #tellKeyboard() {
    this.field.enterKeyHint = this.#sendsWithEnter ? "send" : "enter";
  }

  /** What stands here, as a draft keeps it. */
  get contents() {
    const { field, texts, tray, model } = this;
    return { text: field.value, attachments: texts?.list ?? [], pictures: tray?.kept ?? [], model: model.value };
  }

  get isEmpty() {
    return !this.field.value.trim() && !this.pictureCount && !this.texts?.all.length && !this.#hasGivenTexts;
  }

  #editLast(event) {
    const message = [...document.querySelectorAll("#log > [data-role='user']")].at(-1);
    const edit = message?.querySelector("[data-edit]");
    if (!edit && !this.next?.message) return;
    event.preventDefault();
    if (this.next?.message) this.next.edit();
    else edit.click();
  }

  /** The field has another text, or something else beside it. */
  changed() {
    this.#saveTimer ??= setTimeout(() => this.save(), SAVED_EVERY_MS);
    this.outbox?.dropRow();
    this.estimate?.(this);
    this.#dimSend();
    this.#loadRest();
    this.fit();
  }

  /** Make the field as high as its text, up to what the stylesheet allows; beyond that its end stays in sight. */
  fit() {
    const isAtEnd = this.field.selectionEnd === this.field.value.length;
    if (!CSS.supports("field-sizing: content")) {
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight}px`;
    }
    if (isAtEnd) this.field.scrollTop = this.field.scrollHeight;
  }

  /** Put `text` where the caret is. */
  insert(text) {
    const { selectionStart, selectionEnd } = this.field;
    this.field.setRangeText(text, selectionStart, selectionEnd, "end");
  }

  /** The same, so that the key for it undoes that. */
  type(text) {
    this.field.focus();
    if (!document.execCommand("insertText", false, text)) this.insert(text);
    this.changed();
  }

  /** Put `text` in place of what is in the field. */
  write(text) {
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.changed();
  }

  #clicked(event) {
    if (event.target.closest("[data-again]")) return this.next?.message ? this.next.send() : this.#send();
    const link = event.target.closest("[data-prompt]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.write(link.textContent);
    this.field.focus();
  }

  /** A keyboard on a screen comes with the focus: there it is only given back to who has just been writing. */
  takeFocus({ wasWriting = false } = {}) {
    if (MOUSE.matches || wasWriting) this.field.focus({ preventScroll: true });
  }

  get isWriting() {
    return document.activeElement === this.field;
  }

  /** Bring the focus back when what had it is gone: Stop, for one. */
  restoreFocus() {
    if (document.activeElement === document.body) this.takeFocus();
  }

  #keepFocus(event) {
    if (event.target.closest("#composer-action, #next")) event.preventDefault(); // a press leaves the field its focus
  }

  // --- What is kept in this browser: static/js/composer/outbox.js and drafts.js

  #saveTimer;

  #loadRest() {
    this.loading ??= Promise.all([
      import("../composer/outbox.js").then(({ Outbox }) => (this.outbox = new Outbox(this))),
      import("../composer/estimate.js").then(({ estimate }) => (this.estimate = estimate)(this)),
    ]).catch(() => (this.loading = undefined)); // no connection: with the next key
    return this.loading;
  }

  async #restore() {
    const address = new URL(location);
    this.hasModelGiven = address.searchParams.has("model");
    for (const name of ["prompt", "q", "model"]) address.searchParams.delete(name);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    if (this.images.files.length) this.#add([...this.images.files]); // some browsers keep them over a reload
    if (this.field.value) this.write(this.field.value);
    if (this.#hasGivenTexts) this.loadTexts().then(() => this.#sendHeld());
    await this.#showDraft(this.field.defaultValue); // from the server: a prompt, or what could not be sent
  }

  /** The field may hold what the browser has put there; only `given` came with the page. */
  async #showDraft(given) {
    if (!hasDraft(this.#draftName)) return;
    await this.#loadRest();
    this.outbox?.restore(given);
  }

  #shown({ persisted }) {
    this.#modelChosen(); // going back restores the choice, but not its name
    if (!persisted) return;
    if (this.outbox) this.outbox.catchUp();
    else this.#showDraft("");
  }

  get #draftName() {
    return `draft:${this.dataset.person}:${this.path}`; // as in composer/drafts.js
  }

  /** The page is left with the first word, and what would keep that is still on its way. */
  #saveInHaste() {
    const draft = { ...this.contents, at: Date.now() };
    try {
      (hasDraft(this.#draftName) ? sessionStorage : localStorage)[this.#draftName] = JSON.stringify(draft);
    } catch {
      // full, or switched off: the browser may still have it
    }
  }

  get path() {
    return this.form.getAttribute("action").match(/^(.+)messages\/$/)?.[1] ?? "/"; // the address follows a little later
  }

  get isUnsaved() {
    return this.#saveTimer !== undefined;
  }

  forgetChange() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
  }

  async save() {
    this.forgetChange();
    if (!this.outbox) await this.#loadRest();
    this.outbox?.save();
  }

  // --- Sending: static/js/composer/outbox.js

  get sendButton() {
    return this.querySelector("#composer-action [type='submit']:not([form])");
  }

  /** Paler while there is nothing to send; it can be reached and pressed as ever. */
  #dimSend() {
    this.sendButton?.setAttribute("aria-disabled", this.isEmpty && !this.adding);
  }

  get stopButton() {
    return this.querySelector("#composer-action [form='stop']");
  }

  #send() {
    if (this.sendButton && !this.outbox?.sending) this.form.requestSubmit(this.sendButton);
    else this.#queue();
  }

  async #queue() {
    this.isHeld = this.isBusy;
    if (this.isHeld) this.say("held");
    if (this.isAmiss) this.complain(this.dataset.amiss);
    if (this.isHeld || this.isAmiss || this.isEmpty) return;
    await Promise.all([this.loadNext(), this.#loadRest()]);
    if (!this.isEmpty) this.next.add(this.outbox.take());
  }

  #submitted(event) {
    const isWaiting = Boolean(this.outbox?.outgoing); // one that waited goes, not what is in the field
    this.isHeld = !isWaiting && this.isBusy;
    if (this.isOffline) this.say("cut");
    else if (this.isHeld) this.say("held");
    else if (!isWaiting && this.isAmiss) this.complain(this.dataset.amiss);
    else if (!isWaiting && this.isEmpty) this.field.focus();
    else if (!this.outbox) this.#sendLater();
    else if (this.sendButton && !this.outbox.sending) return this.outbox.begin();
    event.preventDefault();
    event.stopPropagation();
  }

  async #sendLater() {
    await this.#loadRest();
    if (this.outbox) this.#send();
    else this.complain(this.dataset.offline);
  }

  #stopped({ sourceElement, response }) {
    const { stopping } = sourceElement.dataset;
    if (stopping && response.raw.ok) sourceElement.setAttribute("aria-label", stopping);
  }

  #lineChanged({ type }) {
    this.isOffline = type === "offline";
    if (this.sendButton) this.sendButton.disabled = this.isOffline;
    if (this.isOffline) this.say("cut");
    else if (this.noteText === this.dataset.cut) this.note("");
  }

  // --- Pictures and texts: by the picker, by paste, by drop

  get pictureCount() {
    return this.images.files.length + this.querySelectorAll(".chip.picture, [name='kept']:checked").length;
  }

  /** Is a picture or a file still on its way to where it can be sent from? */
  get isBusy() {
    return this.adding > 0 || Boolean(this.tray?.isBusy) || this.#hasGivenTexts;
  }

  get isAmiss() {
    return Boolean(this.tray?.hasFailed);
  }

  /** Texts that the page came with, which composer/text-attachments.js is about to take. */
  get #hasGivenTexts() {
    return Boolean(this.chips.querySelector(".given"));
  }

  loadTray() {
    return (this.trayLoading ??= import("../composer/image-attachments.js").then(({ Tray }) => (this.tray = new Tray(this))));
  }

  loadTexts() {
    return (this.textsLoading ??= import("../composer/text-attachments.js").then(({ Texts }) => (this.texts = new Texts(this))));
  }

  loadNext() {
    return (this.nextLoading ??= import("../composer/queued-message.js").then(({ Next }) => (this.next = new Next(this))));
  }

  #picked() {
    this.#add([...this.images.files]);
    this.field.focus({ preventScroll: true }); // what comes next is to say something about them
  }

  async #add(files, pasted) {
    this.adding += 1;
    this.#dimSend();
    this.note("");
    this.images.value = ""; // or the form would bring them along as well
    const pictures = files.filter(isPicture);
    try {
      if (pasted) (await this.loadTexts()).add(pasted);
      if (pictures.length) (await this.loadTray()).add(pictures);
      for (const file of files) if (!isPicture(file)) await (await this.loadTexts()).addFile(file);
    } catch {
      this.trayLoading = this.textsLoading = undefined;
      this.complain(this.dataset.notAdded);
    }
    this.adding -= 1;
    this.#dimSend();
    this.#sendHeld();
  }

  #picturesChanged() {
    if (!this.isAmiss && this.errorText === this.dataset.amiss) this.complain("");
    this.checkSight();
    this.changed();
    this.#sendHeld();
  }

  #sendHeld() {
    if (!this.isHeld || this.isBusy) return;
    this.isHeld = false;
    this.note("");
    // Not at once: inside the first submit event a second one would be ignored.
    setTimeout(() => this.#send());
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    const [text, html] = ["text/plain", "text/html"].map((kind) => event.clipboardData?.getData(kind) ?? "");
    const isInAnotherField = event.target !== this.field && event.target.closest("input, textarea");
    const isAmbiguous = files.length ? text : html.includes("data:image/");
    if (isAmbiguous && !isInAnotherField) return this.#pasteMeant(event, { files, text, html });
    if (text ? text.length < LONG_TEXT || event.target !== this.field : !files.length) return; // as browsers do
    event.preventDefault();
    if (text) this.#add([], this.#pastedText(text));
    else this.#add(files);
  }

  async #pasteMeant(event, forms) {
    event.preventDefault();
    const { files, text } = await import("../composer/pasted-content.js").then(({ meant }) => meant(forms), () => forms);
    const isLong = text.length >= LONG_TEXT;
    if (files.length || isLong) this.#add(files, isLong && this.#pastedText(text));
    if (text && !isLong) this.type(text);
  }

  #pastedText(text) {
    return { name: this.dataset.pasted, text: text.replace(/\r\n?/g, "\n") };
  }

  #dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const hasLeft = event.type === "drop" || (event.type === "dragleave" && !event.relatedTarget);
    this.querySelector("#drop-here").hidden = hasLeft;
    if (event.type === "drop") this.#add([...event.dataTransfer.files]);
  }

  // --- The model

  choose(id) {
    if ([...this.model.options].some(({ value }) => value === id)) this.model.value = id;
    this.#modelChosen();
  }

  #modelChosen() {
    for (const place of document.querySelectorAll("#chat-model, .chosen")) place.textContent = this.modelName;
    this.note("");
    this.estimate?.(this);
    this.checkSight();
  }

  get modelName() {
    return this.model.selectedOptions[0]?.textContent.split(" · ")[0] ?? "";
  }

  /** Say at once, not after an upload, that a model cannot see pictures. */
  checkSight() {
    const isAbout = this.pictureCount || this.querySelector("#earlier > [data-blind]");
    const isBlind = !this.model.selectedOptions[0]?.hasAttribute("data-sees-images");
    if (isAbout && isBlind) this.sight ??= import("../composer/vision-check.js");
    this.sight?.then(({ checkSight }) => checkSight(this));
  }
}

function isPicture({ name, type }) {
  return type.startsWith("image/") || /\.hei[cf]$/i.test(name);
}

function hasDraft(name) {
  try {
    return (sessionStorage[name] ?? localStorage[name]) !== undefined;
  } catch {
    return false; // storage is switched off
  }
}

customElements.define("chat-composer", ChatComposer);
