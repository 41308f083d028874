// Reads an answer aloud, part by part, with a player above the composer. One at a time.

const SPEED = "reading-speed"; // in localStorage
const COST_MS = 6000; // until OpenRouter's records have the cost of a part, mostly

let player;

/** Read the answer that `link` leads to. */
export async function readAloud(link) {
  link.closest("[popover]")?.hidePopover();
  const [style, element] = await load(link.href);
  if (!document.querySelector(`link[href="${style.getAttribute("href")}"]`)) document.head.append(style);
  player?.close();
  document.querySelector("chat-composer").before(element);
  player = new Player(element);
}

async function load(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true" } });
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  const element = holder.content.querySelector(".player");
  if (!element) throw response.ok ? new TypeError() : response;
  return [holder.content.querySelector("link"), element];
}

class Player {
  constructor(element) {
    this.element = element;
    this.words = element.dataset;
    this.audio = element.querySelector("audio");
    this.speed = element.querySelector("select");
    this.urls = (this.words.parts ? this.words.parts.split(" ") : []).map((url) => (url === "-" ? undefined : url));
    element.addEventListener("click", ({ target }) => this.#does(target.closest("[data-does]")?.dataset.does));
    this.audio.addEventListener("ended", () => this.#ended());
    this.audio.addEventListener("error", () => this.audio.src && this.#fail({ error: this.words.broken }));
    for (const kind of ["play", "pause"]) this.audio.addEventListener(kind, () => this.#showButtons());
    this.speed.addEventListener("change", () => this.#changeSpeed());
    const speed = remembered();
    if ([...this.speed.options].some(({ value }) => value === speed)) this.speed.value = speed;
    if (this.urls.length) this.#play(0);
    this.#find(this.urls.length ? "pause" : "stop").focus({ preventScroll: true });
  }

  // --- Parts

  async #play(number, more) {
    Object.assign(this, { number, isLoading: true, isPaused: false });
    this.#say("loading");
    this.#hideProblem();
    const url = await this.#get(number, more);
    if (!url || this.isClosed || this.number !== number) return;
    this.isLoading = false;
    this.audio.src = url;
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(this.speed.value);
    if (this.isPaused) return; // while it was loading
    this.#say("where");
    await this.audio.play().catch(() => this.#showButtons()); // the browser wants a press
    if (number + 1 < this.urls.length) this.#get(number + 1, { isAhead: true });
  }

  /** The address of a part, which is asked for once; undefined if that failed. */
  async #get(number, { overLimit = false, isAhead = false } = {}) {
    if (this.urls[number]) return this.urls[number];
    this.asked ??= new Map();
    if (!this.asked.has(number)) this.asked.set(number, this.#ask(number, overLimit));
    const { url, ...problem } = await this.asked.get(number);
    this.asked.delete(number);
    if (url) this.urls[number] = url;
    else if (!isAhead && !this.isClosed) this.#fail(problem);
    return url;
  }

  async #ask(number, overLimit) {
    const body = new FormData(document.querySelector("#action"));
    body.set("part", number);
    if (overLimit) body.set("over_limit", "1");
    try {
      const response = await fetch(this.words.address, { method: "POST", body, headers: { "HX-Request": "true" } });
      const isJson = response.headers.get("Content-Type")?.includes("json");
      this.#learnCost();
      return { error: this.words[response.status === 403 ? "expired" : "broken"], ...(isJson && (await response.json())) };
    } catch {
      return { error: this.words.offline };
    }
  }

  #ended() {
    if (this.number + 1 < this.urls.length) return this.#play(this.number + 1);
    this.isFinished = true;
    this.#say("done");
    this.#showButtons();
  }

  // --- What is shown

  #say(name) {
    const facts = { number: this.number + 1, count: this.urls.length };
    this.element.querySelector(".where").textContent = this.words[name].replace(/\{(\w+)\}/g, (_, key) => facts[key]);
  }

  #showButtons() {
    const isPaused = this.audio.paused;
    const hadFocus = this.#find("play").matches(":focus") || this.#find("pause").matches(":focus");
    this.#find("play").hidden = !isPaused;
    this.#find("pause").hidden = isPaused;
    if (hadFocus) this.#find(isPaused ? "play" : "pause").focus({ preventScroll: true });
  }

  #fail({ error, action, over_limit: isOverLimit }) {
    const place = this.element.querySelector(".said");
    place.hidden = false;
    place.querySelector("span").textContent = error;
    const link = place.querySelector("a");
    link.hidden = !action;
    if (action) Object.assign(link, { href: action.url, textContent: action.label });
    this.#find("anyway").hidden = !isOverLimit;
    this.#find("again").hidden = false;
    this.element.querySelector(".where").textContent = "";
    this.#showButtons();
  }

  #hideProblem() {
    this.element.querySelector(".said").hidden = true;
  }

  /** Show what it has cost once that is known. */
  #learnCost() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const [, fresh] = await load(this.words.address).catch(() => []);
      if (fresh) this.element.querySelector(".price").textContent = fresh.querySelector(".price").textContent.trim();
    }, COST_MS);
  }

  // --- What is pressed

  #does(what) {
    if (what === "play") this.#resume();
    if (what === "pause") this.#pause();
    if (what === "stop") this.close();
    if (what === "again") this.#play(this.number);
    if (what === "anyway") this.#play(this.number, { overLimit: true });
  }

  #resume() {
    if (this.isFinished || this.isLoading || !this.audio.src) {
      const number = this.isFinished ? 0 : this.number;
      this.isFinished = false;
      return this.#play(number);
    }
    this.#say("where");
    return this.audio.play();
  }

  #pause() {
    this.isPaused = true;
    this.audio.pause();
    this.#say("paused");
    this.#showButtons();
  }

  #changeSpeed() {
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(this.speed.value);
    try {
      localStorage[SPEED] = this.speed.value;
    } catch {
      // switched off: it holds for this answer
    }
  }

  #find(does) {
    return this.element.querySelector(`[data-does="${does}"]`);
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.audio.pause();
    this.element.remove();
    player = undefined;
    document.querySelector("chat-composer").restoreFocus();
  }
}

function remembered() {
  try {
    return localStorage[SPEED];
  } catch {
    return undefined;
  }
}
