// <chat-saved>: a form that is saved with each choice, and says so. Without a script it has a button for that.

class AutosaveForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.button = this.querySelector("[data-save]");
    this.status = this.querySelector("[role='status']");
    this.button?.setAttribute("hidden", "");
    this.addEventListener("change", () => this.#save());
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(event.submitter);
    });
  }

  /** One request after the other; each sends the form as it is by then. */
  #save(submitter) {
    this.status.textContent = "";
    this.saving = Promise.resolve(this.saving).then(() => this.#send(submitter));
  }

  async #send(submitter) {
    const body = new FormData(this.form, submitter);
    const request = { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true };
    const response = await fetch(this.form.action, request).catch(() => undefined);
    const isSaved = response?.status === 204; // not if signed out meanwhile
    this.status.textContent = isSaved ? this.dataset.saved : this.dataset.failed;
    this.button?.toggleAttribute("hidden", isSaved);
  }
}

customElements.define("chat-saved", AutosaveForm);
