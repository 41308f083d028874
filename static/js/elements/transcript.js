// <chat-transcript>: scrolling in the conversation. A question that was sent moves to the top and its answer grows below it;
// from the end of the window on the page follows it, until the reader scrolls elsewhere.

const NEAR_END_PX = 60;
const FAR_FROM_END_PX = 200;
const INTENT_PX = 3; // of scrolling
const FINGER_INTENT_PX = 10;
const ABOVE_QUESTION_PX = 50;
const LEAST_SPACE_PX = 208; // for an answer below its question
const LEAST_IN_VIEW_PX = 100; // of messages, above that space
const GLIDE_MS = 50; // for two thirds of the way
const LEAST_STEP_PX = 3;
const LONG_WAY_PX = 2500;
const LAST_BIT_PX = 1200;
const IS_WEBKIT = /^Apple/.test(navigator.vendor); // it may take back the latest moves of the page, or a part of them
const ECHO_MOVES = 30;
const ECHO_MS = 250;
const LARGEST_ECHO_PX = 300; // of one move
const KEYBOARD_PX = 100;
const UPWARD_KEYS = ["PageUp", "Home", "ArrowUp"];
const SCROLLS_ITSELF = ".window, pre, .table, .math";
const GLIDES = matchMedia("(pointer: fine) and (prefers-reduced-motion: no-preference)");

class ChatTranscript extends HTMLElement {
  connectedCallback() {
    this.region = this.querySelector("#conversation");
    this.log = this.querySelector("#log");
    this.toEndButton = this.querySelector("#to-end");
    this.spacer = this.region.appendChild(document.createElement("div"));
    this.spacer.className = "room-below";
    this.padding = parseFloat(getComputedStyle(this.region).paddingBlockEnd);
    this.windowSeen = this.region.clientHeight;
    this.places = [];
    this.placed = this.#isWaiting ? undefined : this.#question; // or it was sent on another page

    this.#attach();
    this.#place();
    this.#toEnd(true);
    this.#showTarget();
    this.#listen();
    if (this.querySelector("#older, #newer")) import("../lib/pagination.js");
  }

  #listen() {
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(this.log);
    sizes.observe(this.region);

    const on = (kind, listener) => this.region.addEventListener(kind, listener, { passive: true });
    on("scroll", () => this.#scrolled());
    on("wheel", (event) => this.#wheeled(event));
    on("touchstart", ({ touches: [finger] }) => (this.finger = finger));
    on("touchmove", (event) => this.#dragged(event));
    on("keydown", (event) => this.#pressed(event));
    on("focusin", () => (this.movedAt = 0)); // what scrolls now is no echo
    document.addEventListener("selectionchange", () => this.#selected());
    document.addEventListener("sent", () => this.#sent());
    visualViewport.addEventListener("resize", () => this.#keyboardMoved());
    addEventListener("hashchange", () => this.#showTarget());
    addEventListener("load", () => this.following || this.#showTarget()); // the browser has scrolled there, too
    this.toEndButton.addEventListener("click", () => {
      this.following = this.#mayFollow;
      this.#toEnd();
      this.region.focus({ preventScroll: true }); // the button is about to be hidden
    });
  }

  get #mayFollow() {
    return this.dataset.follow !== "no";
  }

  get #question() {
    return [...this.log.querySelectorAll(":scope > [data-role='user']")].at(-1);
  }

  get #isWaiting() {
    return this.#newestIs("waiting");
  }

  get #isAnswering() {
    return this.#isWaiting || this.#newestIs("streaming");
  }

  /** Is it, or one of several side by side, in this state? */
  #newestIs(state) {
    return this.log.querySelector(`:scope > :last-child:is([data-state='${state}'], :has([data-state='${state}']))`);
  }

  // --- Where the messages end. `spacer` may make the page longer.

  get #end() {
    return this.log.offsetTop + this.log.offsetHeight + this.padding;
  }

  get #gap() {
    return this.#end - this.region.scrollTop - this.region.clientHeight;
  }

  get #hasSpace() {
    return this.spacer.offsetHeight > this.#end;
  }

  #reserve(top) {
    this.spacer.style.height = `${top + this.region.clientHeight}px`;
    this.heightSeen = this.region.scrollHeight;
  }

  // --- Moving

  #moveTo(top) {
    const from = this.region.scrollTop;
    this.region.scrollTop = top;
    this.topSeen = this.region.scrollTop;
    this.places = this.topSeen - from > LARGEST_ECHO_PX ? [] : [...this.places.slice(1 - ECHO_MOVES), from];
    this.movedAt = performance.now();
    this.#showButton();
  }

  #toEnd(atOnce = false) {
    const { scrollTop, scrollHeight, clientHeight } = this.region;
    this.goal = scrollHeight - clientHeight;
    if (atOnce || !GLIDES.matches || document.hidden) return this.#moveTo(this.goal);
    if (this.goal - scrollTop > LONG_WAY_PX) this.#moveTo(this.goal - LAST_BIT_PX);
    this.gliding ??= requestAnimationFrame((now) => this.#glide(now - 16, now));
  }

  #glide(then, now) {
    const { scrollTop } = this.region;
    const way = this.goal - scrollTop;
    const step = Math.max(LEAST_STEP_PX, way * (1 - Math.exp((then - now) / GLIDE_MS)));
    this.gliding = way > step ? requestAnimationFrame((next) => this.#glide(now, next)) : undefined;
    this.#moveTo(Math.min(this.goal, scrollTop + step));
  }

  #attach() {
    this.following = this.#mayFollow && !this.querySelector("#newer"); // this is not the end of the chat
  }

  #letGo() {
    this.following = false;
    cancelAnimationFrame(this.gliding);
    this.gliding = undefined;
  }

  // --- A question that was sent

  #sent() {
    this.isSending = true;
    this.#place();
  }

  #place() {
    const question = this.#question;
    if (question === this.placed) return;
    this.isSending = false;
    this.placed = question;
    const below = question.offsetTop + question.offsetHeight + LEAST_SPACE_PX;
    this.#reserve(Math.max(0, question.offsetTop - ABOVE_QUESTION_PX, below - this.region.clientHeight));
    this.#attach();
    this.#toEnd();
  }

  // --- The message that the address names

  #showTarget() {
    const message = document.getElementById(location.hash.slice(1));
    if (!message || !this.log.contains(message)) return;
    this.#letGo();
    const spare = this.region.clientHeight - message.offsetHeight;
    this.#moveTo(message.offsetTop - Math.max(ABOVE_QUESTION_PX, spare / 2));
  }

  // --- What grows or shrinks

  #resized() {
    const { scrollTop, clientHeight } = this.region;
    const isWindow = clientHeight !== this.windowSeen;
    const isPulledBack = this.following && this.#isAnswering && scrollTop < this.topSeen; // thoughts fold, a block is finished
    const wasAtEnd = this.wasAtEnd;
    this.windowSeen = clientHeight;
    this.heightSeen = this.region.scrollHeight;
    if (isPulledBack || (isWindow && this.#hasSpace)) this.#stay();
    this.topSeen = this.region.scrollTop;
    if (this.isSending) this.#place();
    if (this.following || (isWindow && wasAtEnd)) this.#toEnd(isWindow);
    this.#showButton(this.#hasNews());
  }

  #stay() {
    this.#reserve(this.topSeen);
    if (-this.#gap > this.region.clientHeight - LEAST_IN_VIEW_PX) this.#reserve(-this.region.clientHeight);
    this.#moveTo(this.topSeen);
  }

  #hasNews() {
    const newest = this.log.lastElementChild;
    const before = this.newest;
    this.newest = { id: newest?.id, width: newest?.offsetWidth, height: newest?.offsetHeight };
    if (newest?.id !== before?.id) return before?.id !== "newer";
    return newest?.offsetWidth === before?.width && newest?.offsetHeight > before?.height;
  }

  /** Where a keyboard covers the page (Safari), the page makes itself smaller. */
  #keyboardMoved() {
    if (visualViewport.scale !== 1) return; // somebody has zoomed in
    const isCovered = innerHeight - visualViewport.height > KEYBOARD_PX;
    this.closest(".house").style.height = isCovered ? `${visualViewport.height}px` : "";
    if (isCovered) scrollTo(0, 0);
  }

  // --- What the reader does: moves that neither the page's own scrolling nor shrinking explains

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.region;
    if (clientHeight !== this.windowSeen) return; // before #resized
    const moved = scrollTop - this.topSeen;
    if (IS_WEBKIT && moved < 0 && this.following && this.#isEcho(scrollTop)) return this.#toEnd();
    const isReaders = moved > 0 || (moved <= -INTENT_PX && scrollHeight >= this.heightSeen); // or small steps add up
    if (isReaders) this.topSeen = scrollTop;
    if (isReaders && moved < 0) this.#letGo();
    if (isReaders && moved < 0 && this.#hasSpace) this.#reserve(scrollTop);
    if (moved > 0 && this.#gap <= NEAR_END_PX) this.#attach();
    this.#showButton();
  }

  /** Safari's own doing: it scrolls in another thread, which may not know of the page's latest moves. */
  #isEcho(top) {
    return performance.now() - this.movedAt < ECHO_MS && top >= Math.min(...this.places);
  }

  #wheeled({ target, deltaX, deltaY }) {
    if (Math.abs(deltaX) > Math.abs(deltaY)) return;
    if (deltaY < 0) this.#wantsUp(target);
    else if (this.#gap <= NEAR_END_PX) this.#attach();
  }

  #dragged({ target, touches: [{ clientX, clientY }] }) {
    const down = clientY - this.finger.clientY;
    if (down > FINGER_INTENT_PX && down > Math.abs(clientX - this.finger.clientX)) this.#wantsUp(target);
  }

  #pressed({ target, key, shiftKey }) {
    if (UPWARD_KEYS.includes(key) || (key === " " && shiftKey)) this.#wantsUp(target);
    if (key === "End" && this.#gap <= NEAR_END_PX) this.#attach();
  }

  #wantsUp(target) {
    const inner = target.closest(SCROLLS_ITSELF);
    const isInside = inner && inner.scrollHeight > inner.clientHeight;
    if (!isInside && this.region.scrollTop > 0) this.#letGo();
  }

  #selected() {
    const selection = getSelection();
    if (!selection.isCollapsed && this.log.contains(selection.anchorNode)) this.#letGo();
  }

  // --- The button

  #showButton(hasNews = false) {
    const gap = this.#gap;
    this.wasAtEnd = gap <= NEAR_END_PX;
    const isHidden = this.wasAtEnd || this.gliding || (gap <= FAR_FROM_END_PX && this.toEndButton.hidden);
    this.toEndButton.toggleAttribute("hidden", isHidden); // setting it again costs a frame
    if (isHidden) this.toEndButton.removeAttribute("data-news");
    else if (hasNews) this.toEndButton.setAttribute("data-news", "");
  }
}

customElements.define("chat-transcript", ChatTranscript);
