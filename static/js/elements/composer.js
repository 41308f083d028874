// The field at the bottom: what Enter does, pictures from everywhere, and nothing lost when sending fails.

const HAS_MOUSE = matchMedia("(pointer: fine)").matches;
const STATUS_SAYS = { 403: "forbidden", 413: "tooLarge" };
const UNPROCESSABLE = 422; // htmx puts the server's own sentence in place

class ChatComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("#composer");
    this.field = this.querySelector("#text");
    this.images = this.querySelector("#images");
    this.model = this.querySelector("#model");
    this.chips = this.querySelector("#chips");

    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    this.field.addEventListener("input", () => this.#typed());
    this.images.addEventListener("change", () => this.#add([...this.images.files]));
    this.addEventListener("pictures", () => this.#picturesChanged());
    this.model.addEventListener("change", () => this.#modelChosen());
    addEventListener("pageshow", () => this.#modelChosen()); // going back restores the choice, but not its name
    this.addEventListener("mousedown", (event) => this.#keepFocus(event));
    this.addEventListener("submit", (event) => this.#submitted(event), { capture: true }); // before htmx
    this.addEventListener("htmx:after:request", ({ detail }) => this.#answered(detail.ctx));
    this.addEventListener("htmx:error", ({ detail }) => this.#failed(detail.ctx));
    document.addEventListener("click", (event) => this.#suggested(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
    for (const kind of ["dragover", "dragleave", "drop"]) addEventListener(kind, (event) => this.#dragged(event));

    new MutationObserver(() => this.checkSight()).observe(this.querySelector("#earlier"), { childList: true });
    this.#restore();
    if (HAS_MOUSE) this.field.focus({ preventScroll: true });
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

  #complain(text) {
    this.querySelector("#composer-error").textContent = text;
  }

  // --- The text

  get #draftName() {
    return `draft:${this.dataset.person}:${location.pathname}`; // not for who signs in next in this tab
  }

  #restore() {
    this.field.value ||= sessionStorage.getItem(this.#draftName) ?? "";
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    if (new URLSearchParams(location.search).has("prompt")) history.replaceState(history.state, "", location.pathname);
    if (this.images.files.length) this.#add([...this.images.files]); // some browsers keep them over a reload
    const pictures = JSON.parse(sessionStorage.getItem(`${this.#draftName}:pictures`) ?? "[]");
    if (pictures.length) this.#withTray((tray) => tray.restore(pictures));
    this.#typed();
  }

  #typed() {
    sessionStorage.setItem(this.#draftName, this.field.value);
    if (CSS.supports("field-sizing: content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return; // 229: Safari, composing
    if (event.ctrlKey || event.metaKey || (HAS_MOUSE && !event.shiftKey && !event.altKey)) {
      event.preventDefault();
      this.#send();
    }
  }

  #suggested(event) {
    const link = event.target.closest("[data-prompt]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.field.value = link.textContent;
    this.#typed();
    this.field.focus();
  }

  /** Bring the focus back when what had it is gone: Stop, for one. */
  restoreFocus() {
    if (HAS_MOUSE && document.activeElement === document.body) this.field.focus({ preventScroll: true });
  }

  #keepFocus(event) {
    if (event.target.closest("#composer-action")) event.preventDefault(); // a press leaves the field its focus
  }

  // --- Sending

  get #sendButton() {
    return this.querySelector("#composer-action [type='submit']:not([form])");
  }

  #send() {
    if (this.#sendButton) this.form.requestSubmit(this.#sendButton);
    else this.say("busy");
  }

  #submitted(event) {
    const isEmpty = !this.field.value.trim() && !this.pictureCount;
    this.isHeld = this.tray ? this.tray.isBusy : Boolean(this.trayLoading);
    if (this.isHeld) this.say("held");
    const isAmiss = this.tray?.hasFailed && !this.isHeld;
    if (this.isHeld || isAmiss || isEmpty || !this.#sendButton || this.#sendButton.disabled) {
      event.preventDefault();
      event.stopPropagation();
      if (isEmpty) this.field.focus();
      if (isAmiss) this.#complain(this.dataset.amiss);
      return;
    }
    this.#complain("");
  }

  #answered(ctx) {
    if (ctx.sourceElement !== this.form) return this.#stopped(ctx);
    const { status, raw } = ctx.response;
    this.note("");
    if (ctx.hx.redirect) return;
    if (raw.ok) this.#accepted(ctx.hx.pushurl);
    else if (status !== UNPROCESSABLE) this.#complain(this.dataset[STATUS_SAYS[status] ?? "broken"]);
    else this.tray?.check(); // one of them may be what is wrong
  }

  #accepted(newAddress) {
    for (const name of ["", ":pictures"]) sessionStorage.removeItem(this.#draftName + name);
    if (newAddress) {
      const action = `${newAddress}messages/`;
      this.form.setAttribute("action", action);
      this.form.setAttribute("hx-post", action); // read anew at each submit
    }
    this.field.value = "";
    this.field.style.removeProperty("height");
    this.chips.replaceChildren();
    this.tray?.clear();
    if (HAS_MOUSE) this.field.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
  }

  #failed(ctx) {
    if (ctx?.sourceElement !== this.form || ctx.response) return;
    this.note("");
    this.#complain(this.dataset.offline);
  }

  #stopped({ sourceElement, response }) {
    if (response.raw.ok) sourceElement.setAttribute("aria-label", sourceElement.dataset.stopping);
    else this.#complain(this.dataset.broken);
  }

  // --- Pictures: by the picker, by paste, by drop

  get pictureCount() {
    return this.images.files.length + this.querySelectorAll(".chip.picture, [name='kept']:checked").length;
  }

  #add(files) {
    this.#withTray((tray) => tray.add(files));
  }

  async #withTray(act) {
    this.trayLoading ??= import("../lib/tray.js").then(({ Tray }) => (this.tray = new Tray(this)));
    await this.trayLoading;
    act(this.tray);
  }

  #picturesChanged() {
    sessionStorage.setItem(`${this.#draftName}:pictures`, JSON.stringify(this.tray.kept));
    if (this.noteText !== this.dataset.held) this.#complain(""); // what was wrong may be gone
    this.checkSight();
    if (!this.isHeld || this.tray.isBusy) return;
    this.isHeld = false;
    this.note("");
    // Not at once: inside the first submit event a second one would be ignored.
    setTimeout(() => this.#send());
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return; // text stays text
    event.preventDefault();
    this.#add(files);
  }

  #dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const hasLeft = event.type === "drop" || (event.type === "dragleave" && !event.relatedTarget);
    this.querySelector("#drop-here").hidden = hasLeft;
    if (event.type === "drop") this.#add([...event.dataTransfer.files]);
  }

  // --- The model

  #modelChosen() {
    for (const place of document.querySelectorAll("#chat-model, .chosen")) place.textContent = this.#modelName;
    this.note("");
    this.checkSight();
  }

  get #modelName() {
    return this.model.selectedOptions[0]?.textContent.split(" · ")[0] ?? "";
  }

  /** Say at once, not after an upload, that a model cannot see pictures. */
  checkSight() {
    const isAbout = this.pictureCount || this.querySelector("#earlier > [data-blind]");
    const isBlind = !this.model.selectedOptions[0]?.hasAttribute("data-sees-images");
    if (isAbout && isBlind) this.sight ??= import("../lib/sight.js");
    this.sight?.then(({ checkSight }) => checkSight(this));
  }
}

customElements.define("chat-composer", ChatComposer);
