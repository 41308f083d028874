// The conversation follows its own end, until the reader wants to be elsewhere.

const NEAR_END_PX = 60;
const FAR_FROM_END_PX = 200;
const INTENT_PX = 3; // of scrolling
const FINGER_INTENT_PX = 10;
const UPWARD_KEYS = ["PageUp", "Home", "ArrowUp"];

class ChatTranscript extends HTMLElement {
  connectedCallback() {
    this.region = this.querySelector("#conversation");
    this.log = this.querySelector("#log");
    this.toEndButton = this.querySelector("#to-end");
    this.following = !location.hash;
    this.heightSeen = 0;

    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(this.log);
    sizes.observe(this.region); // a phone's keyboard comes and goes

    this.region.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.region.addEventListener("wheel", (event) => this.#wheeled(event), { passive: true });
    this.region.addEventListener("touchstart", (event) => (this.fingerY = event.touches[0].clientY), { passive: true });
    this.region.addEventListener("touchmove", (event) => this.#dragged(event), { passive: true });
    this.region.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("selectionchange", () => this.#selected());
    document.addEventListener("sent", () => (this.following = true));
    this.toEndButton.addEventListener("click", () => {
      this.following = true;
      this.#toEnd();
      this.region.focus({ preventScroll: true }); // the button is about to leave
    });
  }

  get #gap() {
    return this.region.scrollHeight - this.region.scrollTop - this.region.clientHeight;
  }

  #toEnd() {
    this.region.scrollTop = this.region.scrollHeight;
    this.topWritten = this.topSeen = this.region.scrollTop;
    this.#showButton();
  }

  #resized() {
    const hasGrown = this.region.scrollHeight > this.heightSeen;
    this.heightSeen = this.region.scrollHeight;
    if (this.following) this.#toEnd();
    else this.#showButton(hasGrown);
  }

  // Told apart by position, not by time: what equals our own writing is ours, what shrinking explains is nobody's.
  #scrolled() {
    const { scrollTop, scrollHeight } = this.region;
    const moved = scrollTop - this.topSeen;
    const isOurs = Math.abs(scrollTop - this.topWritten) < 1.5;
    const hasShrunk = scrollHeight < this.heightSeen;
    if (!isOurs && moved <= -INTENT_PX && !hasShrunk) this.following = false;
    if (moved > 0 && this.#gap <= NEAR_END_PX) this.following = true;
    this.topSeen = scrollTop;
    this.#showButton();
  }

  #wheeled({ target, deltaY }) {
    if (target.closest(".window")) return; // scrolls on its own
    if (deltaY < 0) this.#letGo();
    else if (deltaY > 0 && this.#gap <= NEAR_END_PX) this.following = true;
  }

  #dragged({ target, touches }) {
    if (!target.closest(".window") && touches[0].clientY - this.fingerY > FINGER_INTENT_PX) this.#letGo();
  }

  #pressed({ key, shiftKey }) {
    if (UPWARD_KEYS.includes(key) || (key === " " && shiftKey)) this.#letGo();
  }

  #selected() {
    const selection = getSelection();
    if (!selection.isCollapsed && this.log.contains(selection.anchorNode)) this.#letGo();
  }

  #letGo() {
    if (this.region.scrollTop > 0) this.following = false;
  }

  #showButton(hasNews = false) {
    const gap = this.#gap;
    if (gap > FAR_FROM_END_PX) this.toEndButton.hidden = false;
    if (gap <= NEAR_END_PX) this.toEndButton.hidden = true;
    if (this.toEndButton.hidden) this.toEndButton.removeAttribute("data-news");
    else if (hasNews) this.toEndButton.setAttribute("data-news", "");
  }
}

customElements.define("chat-transcript", ChatTranscript);
