// <chat-search>: the search field and its results, on their page and in the dialog. htmx loads the results as one types.

class ChatSearch extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.found = this.querySelector("#found");
    this.addEventListener("keydown", (event) => this.#pressed(event));
    this.addEventListener("htmx:after:settle", () => this.#say(this.querySelector("[data-summary]")?.textContent ?? ""));
    this.addEventListener("htmx:error", () => this.#fail());
    this.addEventListener("htmx:response:error", () => this.#fail());
  }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return; // 229: Safari
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#move(event, step);
    else if (event.key === "Escape" && this.closest("dialog")) {
      event.preventDefault(); // a first Escape would only empty the field
      this.closest("dialog").close();
    }
  }

  #move(event, step) {
    const places = [this.field, ...this.found.querySelectorAll("a")];
    const next = places[places.indexOf(document.activeElement) + step];
    event.preventDefault();
    next?.focus();
  }

  #say(words) {
    this.querySelector("[role=status]").textContent = words;
  }

  #fail() {
    this.found.textContent = "";
    const sentence = Object.assign(document.createElement("p"), { className: "nothing", textContent: this.dataset.failed });
    this.found.append(sentence);
    this.#say(this.dataset.failed);
  }
}

customElements.define("chat-search", ChatSearch);
