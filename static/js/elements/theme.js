// The switch between system, light and dark, without a reload.

class ChatTheme extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      document.documentElement.dataset.theme = event.submitter.value;
      for (const button of this.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", button === event.submitter);
      }
      fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
    });
  }
}

customElements.define("chat-theme", ChatTheme);
