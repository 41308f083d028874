// <chat-theme>: switches between system, light and dark without a reload. autosave-form.js saves the choice.

class ChatTheme extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      document.documentElement.dataset.theme = event.submitter.value;
      for (const button of this.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", button === event.submitter);
      }
    });
  }
}

customElements.define("chat-theme", ChatTheme);
