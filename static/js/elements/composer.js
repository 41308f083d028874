// <chat-composer>: the form in which a message is written. docs/architecture.md says what js/composer/ may use of it.

const MOUSE = matchMedia("(pointer: fine)");
const LONG_TEXT = 3984; // characters; pasted it would flood the field
const IMAGE_LINK = /^https?:\S+\.(png|jpe?g|webp|gif|avif)(\?\S*)?$/i;

class ChatComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("#composer");
    this.field = this.querySelector("#text");
    this.fileInput = this.querySelector("#images");
    this.model = this.querySelector("#model");
    this.chips = this.querySelector("#chips");
    this.adding = 0; // files and texts that are being read

    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    MOUSE.addEventListener("change", () => this.#labelEnterKey());
    this.#labelEnterKey();
    this.field.addEventListener("input", ({ data }) => this.changed(data));
    this.fileInput.addEventListener("change", () => this.#filesChosen());
    this.addEventListener("pictures", () => this.#imagesChanged());
    this.model.addEventListener("change", () => {
      this.#modelChosen();
      this.outbox?.saveSoon();
    });
    this.addEventListener("change", ({ target }) => target.id === "web" && this.changed());
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.id !== "web") return;
      event.preventDefault(); // in a checkbox it would send the form
      event.target.click();
    });
    this.addEventListener("mousedown", (event) => this.#keepFocus(event));
    this.addEventListener("click", ({ target }) => target.closest("#queue") && this.#send());
    this.addEventListener("submit", (event) => this.#submitted(event), { capture: true }); // before htmx
    this.addEventListener("htmx:after:request", ({ detail }) => this.#stopped(detail.ctx));
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
    for (const kind of ["dragover", "dragleave", "drop"]) addEventListener(kind, (event) => this.#dragged(event));
    for (const kind of ["online", "offline"]) addEventListener(kind, () => this.#networkChanged(kind));
    addEventListener("pageshow", (event) => this.#shown(event));
    addEventListener("pagehide", () => this.outbox || this.isEmpty || this.#saveInHaste());

    new MutationObserver(() => this.#imagesResent()).observe(this.querySelector("#earlier"), { childList: true });
    new MutationObserver(() => this.#dimSend()).observe(this.querySelector("#composer-action"), { childList: true });
    this.#dimSend();
    this.#restore();
    this.takeFocus();
  }

  // --- What it says

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

  // --- What is in it

  /** The message as a draft stores it: {text, attachments: [{name, text}], pictures: [{id, url, …}], model, web}. */
  get contents() {
    const { texts, images } = this.attachments ?? {};
    const web = this.form.web.matches(":checked:enabled");
    return { text: this.field.value, attachments: texts?.list ?? [], pictures: images?.uploaded ?? [], model: this.model.value, web };
  }

  /** Return the message that is in it, and empty it. */
  take() {
    const { text, attachments, pictures, web } = this.contents;
    this.attachments?.clear();
    this.chips.replaceChildren();
    this.write("");
    return { text, attachments, pictures, web };
  }

  /** Put a message back, before whatever has been written since. */
  async give({ text, attachments, pictures }) {
    this.write([text, this.field.value].filter((one) => one.trim()).join("\n\n"));
    const missing = pictures.filter(({ id }) => !this.form.querySelector(`[name="kept"][value="${id}"]`));
    if (missing.length + attachments.length) (await this.#loadAttachments()).restore(missing, attachments);
  }

  get imageCount() {
    return this.fileInput.files.length + this.querySelectorAll(".chip.image").length;
  }

  get isEmpty() {
    return !this.field.value.trim() && !this.chips.querySelector(".chip") && !this.fileInput.files.length;
  }

  // --- The text

  #pressed(event) {
    if (event.key === "ArrowUp" && this.isEmpty) return this.#editLast();
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

  #labelEnterKey() {
    this.field.enterKeyHint = this.#sendsWithEnter ? "send" : "enter";
  }

  #editLast() {
    const queue = this.outbox?.queue;
    if (queue?.message) queue.edit();
    else [...document.querySelectorAll("#log > [data-role='user']")].at(-1)?.querySelector("[data-edit]")?.click();
  }

  /** There is something else in it now; `typed` is what somebody has just typed. */
  changed(typed) {
    if (typed === "/" && this.field.value === typed) import("../composer/slash-menu.js").then(({ openMenu }) => openMenu(this), () => {});
    if (this.outbox) this.outbox.changed();
    else this.#loadOutbox().then(() => this.outbox?.changed());
    this.estimate?.(this);
    this.#dimSend();
    this.#fit();
  }

  /** Make the field as high as its text, and keep its end in sight. */
  #fit() {
    const isAtEnd = this.field.selectionEnd === this.field.value.length;
    if (!CSS.supports("field-sizing: content")) {
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight}px`;
    }
    if (isAtEnd) this.field.scrollTop = this.field.scrollHeight;
  }

  /** Insert at the caret. */
  insert(text) {
    const { selectionStart, selectionEnd } = this.field;
    this.field.setRangeText(text, selectionStart, selectionEnd, "end");
  }

  /** The same, but the browser can undo it. */
  #type(text) {
    this.field.focus();
    if (!document.execCommand("insertText", false, text)) this.insert(text);
    this.changed();
  }

  write(text) {
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.changed();
  }

  #clicked(event) {
    const link = event.target.closest("[data-prompt]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.write(link.textContent);
    this.field.focus();
  }

  /** The focus brings up a keyboard on a screen: there it is only for who has just been writing. */
  takeFocus({ wasWriting = false } = {}) {
    if (MOUSE.matches || wasWriting) this.field.focus({ preventScroll: true });
  }

  /** What had the focus is gone: Stop, for one. */
  restoreFocus() {
    if (document.activeElement === document.body) this.takeFocus();
  }

  #keepFocus(event) {
    if (event.target.closest("#composer-action, #next")) event.preventDefault();
  }

  // --- Drafts: composer/drafts.js

  #loadOutbox() {
    this.loading ??= Promise.all([
      import("../composer/outbox.js").then(({ Outbox }) => (this.outbox = new Outbox(this))),
      import("../composer/estimate.js").then(({ estimate }) => (this.estimate = estimate)(this)),
    ]).catch(() => (this.loading = undefined)); // no connection: with the next key
    return this.loading;
  }

  async #restore() {
    const address = new URL(this.dataset.page ?? location, location);
    this.hasModelGiven = ["model", "preset"].some((name) => address.searchParams.has(name));
    for (const name of ["prompt", "q", "model", "compare", "image"]) address.searchParams.delete(name);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    if (this.fileInput.files.length) this.#add([...this.fileInput.files]); // after a reload, in some browsers
    if (this.field.value) this.write(this.field.value);
    if (this.#hasServerChips) this.#loadAttachments();
    await this.#showDraft(this.field.defaultValue); // from the server: a prompt, or what could not be sent
  }

  /** Only `given` came with the page. */
  async #showDraft(given) {
    if (!hasDraft(this.#draftName)) return;
    await this.#loadOutbox();
    this.outbox?.restore(given);
  }

  #shown({ persisted }) {
    this.#modelChosen(); // Back restores the choice, but not its name
    if (!persisted) return;
    if (this.outbox) this.outbox.catchUp();
    else this.#showDraft("");
  }

  get #draftName() {
    return `draft:${this.dataset.person}:${this.path}`; // as in composer/drafts.js
  }

  /** The page is left before the module for drafts has come. */
  #saveInHaste() {
    const draft = { ...this.contents, at: Date.now() };
    try {
      (hasDraft(this.#draftName) ? sessionStorage : localStorage)[this.#draftName] = JSON.stringify(draft);
    } catch {
      // full, or switched off
    }
  }

  get path() {
    return this.form.getAttribute("action").match(/^(.+)messages\/$/)?.[1] ?? "/"; // the address follows a little later
  }

  // --- Sending: composer/outbox.js

  /** Undefined while an answer is running. */
  get sendButton() {
    return this.querySelector("#composer-action [type='submit']:not([form])");
  }

  /** Send is paler while there is nothing to send. */
  #dimSend() {
    this.sendButton?.setAttribute("aria-disabled", this.isEmpty && !this.adding);
  }

  async #send() {
    await this.#loadOutbox();
    if (this.outbox) this.outbox.send();
    else this.complain(this.dataset.offline);
  }

  #submitted(event) {
    if (this.outbox?.begin(event.submitter)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.outbox) this.isEmpty ? this.field.focus() : this.#send();
  }

  #stopped({ sourceElement, response }) {
    const { stopping } = sourceElement.dataset;
    if (stopping && response.raw.ok) sourceElement.setAttribute("aria-label", stopping);
  }

  #networkChanged(kind) {
    this.isOffline = kind === "offline";
    if (this.sendButton) this.sendButton.disabled = this.isOffline;
    if (this.isOffline) this.say("cut");
    else if (this.noteText === this.dataset.cut) this.note("");
  }

  // --- Images and long texts: composer/attachments.js

  async #loadAttachments() {
    const { Attachments } = await import("../composer/attachments.js");
    return (this.attachments ??= new Attachments(this));
  }

  get isUploading() {
    return this.adding > 0 || Boolean(this.attachments?.images.isUploading) || this.#hasServerChips;
  }

  get hasFailedImage() {
    return Boolean(this.attachments?.images.hasFailed);
  }

  /** Texts and images of the page, before composer/attachments.js has them. */
  get #hasServerChips() {
    return Boolean(this.chips.querySelector(".given, .kept"));
  }

  #filesChosen() {
    this.#add([...this.fileInput.files]);
    this.field.focus({ preventScroll: true });
  }

  async #add(...added) {
    this.adding += 1;
    this.#dimSend();
    this.note("");
    this.fileInput.value = ""; // or the form would send them as well
    try {
      await (await this.#loadAttachments()).add(...added);
    } catch {
      this.complain(this.dataset.notAdded);
    }
    this.adding -= 1;
    this.changed();
  }

  #imagesChanged() {
    if (!this.hasFailedImage && this.errorText === this.dataset.amiss) this.complain("");
    this.#checkModel();
    this.changed();
  }

  /** What is resent of earlier messages is known now, or has changed. */
  #imagesResent() {
    this.#checkModel();
    this.estimate?.(this);
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    const [text, html] = ["text/plain", "text/html"].map((kind) => event.clipboardData?.getData(kind) ?? "");
    const isInAnotherField = event.target !== this.field && event.target.closest("input, textarea");
    const isAmbiguous = files.length ? text : html.includes("data:image/");
    if (isAmbiguous && !isInAnotherField) return this.#pasteMeant(event, { files, text, html });
    const isShort = text.length < LONG_TEXT && !IMAGE_LINK.test(text);
    if (text ? isShort || event.target !== this.field : !files.length) return; // as browsers do
    event.preventDefault();
    this.#add(text ? [] : files, text);
  }

  async #pasteMeant(event, forms) {
    event.preventDefault();
    const { files, text } = await import("../composer/pasted-content.js").then(({ meant }) => meant(forms), () => forms);
    const isLong = text.length >= LONG_TEXT;
    if (files.length || isLong) this.#add(files, isLong && text);
    if (text && !isLong) this.#type(text);
  }

  #dragged(event) {
    const { type, target, dataTransfer } = event;
    const hasFiles = dataTransfer?.types.includes("Files");
    const html = !hasFiles && type === "drop" && target === this.field ? dataTransfer.getData("text/html") : "";
    if (!hasFiles && !isImageAlone(html)) return;
    event.preventDefault();
    if (html) return this.#add([], "", html);
    const isOver = type === "drop" || (type === "dragleave" && !event.relatedTarget);
    this.querySelector("#drop-here").hidden = isOver;
    if (type === "drop") this.#add([...dataTransfer.files]);
  }

  // --- The model

  /** Choose what a draft has, but nothing else than the address has named or somebody has chosen already. */
  restoreChoices({ model, web }) {
    const search = this.form.web;
    if (!search.disabled && search.checked === search.defaultChecked) search.checked = web;
    if (this.hasModelGiven || !this.option?.defaultSelected) return;
    if ([...this.model.options].some(({ value }) => value === model)) this.model.value = model;
    this.#modelChosen();
  }

  #modelChosen() {
    this.isOther ||= !this.option?.defaultSelected;
    this.note("");
    this.estimate?.(this);
    this.#checkModel();
  }

  get option() {
    return this.model.selectedOptions[0];
  }

  get modelName() {
    return this.option?.textContent.split(" · ")[0] ?? "";
  }

  #checkModel() {
    const hasImages = this.imageCount || this.querySelector("#earlier > [data-blind]");
    const isBlind = hasImages && !this.option?.hasAttribute("data-sees-images");
    if (this.isOther || isBlind) this.chosenModel ??= import("../composer/chosen-model.js");
    this.chosenModel?.then(
      ({ showModel }) => showModel(this),
      (failure) => {
        this.chosenModel = undefined; // the next choice tries again
        throw failure;
      },
    );
  }
}

function hasDraft(name) {
  try {
    return (sessionStorage[name] ?? localStorage[name]) !== undefined;
  } catch {
    return false; // storage is switched off
  }
}

/** Is this HTML an image at an address, without any words around it? */
function isImageAlone(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return body.querySelector("img[src^='http']") && !body.textContent.trim();
}

customElements.define("chat-composer", ChatComposer);
