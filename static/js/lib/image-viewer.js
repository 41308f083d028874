// The image viewer: an image of the conversation over the page, to zoom, move, download, and step through.

const MOST_TIMES = 4; // larger than it fits; more where the file has more to show
const CLOSE_UP_TIMES = 2;
const STEP_TIMES = 1.5;
const PAN_PX = 80;
const DRAG_PX = 5; // less is a press
const SWIPE_PX = 60;
const LINE_PX = 16; // of a mouse wheel that counts in lines

let viewer;

/** Open what `link` leads to, and beside it the other images of its message. */
export async function view(link) {
  viewer ??= make();
  (await viewer).open(link);
}

async function make() {
  const parts = document.querySelector("#viewer").content.cloneNode(true);
  const [style, dialog] = parts.children;
  const isStyled = new Promise((done) => (style.onload = style.onerror = done));
  document.body.append(parts);
  await isStyled;
  return new Viewer(dialog);
}

class Viewer {
  constructor(dialog) {
    this.dialog = dialog;
    this.stage = dialog.querySelector(".stage");
    this.image = dialog.querySelector("img");
    this.fingers = new Map();
    const on = (kind, listener) => this.stage.addEventListener(kind, listener);
    on("wheel", (event) => this.#wheeled(event));
    on("pointerdown", (event) => this.#pressed(event));
    on("pointermove", (event) => this.#moved(event));
    for (const kind of ["pointerup", "pointercancel"]) on(kind, (event) => this.#lifted(event));
    on("click", (event) => this.#clicked(event));
    dialog.addEventListener("click", ({ target }) => this.#do(target.closest("[data-do]")?.dataset.do));
    dialog.addEventListener("keydown", (event) => this.#typed(event));
    dialog.addEventListener("close", () => this.#giveBackFocus());
  }

  open(link) {
    this.links = [...link.closest("article").querySelectorAll(".pictures a")];
    this.#show(this.links.indexOf(link));
    this.dialog.showModal();
  }

  #show(position) {
    const { dialog, image, links } = this;
    this.position = (position + links.length) % links.length;
    const link = links[this.position];
    const thumbnail = link.querySelector("img");
    Object.assign(image, { src: link.href, alt: thumbnail.alt });
    for (const side of ["width", "height"]) image.setAttribute(side, thumbnail.getAttribute(side));
    const words = (links.length > 1 ? dialog.dataset.several : dialog.dataset.one)
      .replace("{number}", this.position + 1)
      .replace("{count}", links.length);
    dialog.setAttribute("aria-label", words);
    dialog.querySelector(".which").textContent = links.length > 1 ? words : "";
    const article = link.closest("article");
    this.tools = article.querySelector(`.drawn > li:has([data-url="${link.pathname}"])`);
    const download = `${link.href}?download=${article.id.replace("message-", "")}`;
    dialog.querySelector("[download]").href = this.tools?.querySelector("[download]").href ?? download;
    dialog.querySelector("[data-do='edit']").hidden = !this.tools;
    dialog.classList.toggle("single", links.length === 1);
    this.#fit();
  }

  #giveBackFocus() {
    const { href } = this.links[this.position];
    const link = this.links.find((one) => one.href === href && one.isConnected);
    (link ?? [...document.querySelectorAll(".pictures a")].find((one) => one.href === href))?.focus();
  }

  #do(what) {
    if (what === "close") this.dialog.close();
    if (what === "edit") this.#edit();
    if (what === "in") this.#zoom(this.scale * STEP_TIMES);
    if (what === "out") this.#zoom(this.scale / STEP_TIMES);
    if (what === "previous") this.#show(this.position - 1);
    if (what === "next") this.#show(this.position + 1);
  }

  #edit() {
    this.dialog.addEventListener("close", () => this.tools.querySelector("[data-edit-image]").click(), { once: true });
    this.dialog.close();
  }

  #typed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [across, down] = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
    const does = { "+": "in", "=": "in", "-": "out" }[event.key];
    if (does) this.#do(does);
    else if (event.key === "0") this.#fit();
    else if (across === undefined) return;
    else if (this.scale > 1) this.#move(this.x + across * PAN_PX, this.y + down * PAN_PX);
    else if (across) this.#do(across > 0 ? "previous" : "next");
    event.preventDefault();
  }

  // --- Where the image is: moved by (x, y) from the middle, and so many times as large as it fits

  #fit() {
    this.scale = 1;
    this.#move(0, 0);
  }

  get #natural() {
    return this.image.naturalWidth / this.image.offsetWidth || 1;
  }

  /** Make it `scale` times as large; what is at `point` of the window stays there. */
  #zoom(scale, point = this.#middle) {
    const before = this.scale;
    this.scale = Math.min(Math.max(1, scale), Math.max(MOST_TIMES, 2 * this.#natural));
    const [across, down] = [point.x - this.#middle.x, point.y - this.#middle.y];
    const times = this.scale / before;
    this.#move(across - (across - this.x) * times, down - (down - this.y) * times);
  }

  /** Of the image, when it is not moved. */
  get #middle() {
    const { left, top } = this.stage.getBoundingClientRect();
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.image;
    return { x: left + offsetLeft + offsetWidth / 2, y: top + offsetTop + offsetHeight / 2 };
  }

  /** Move it, but not out of sight. */
  #move(x, y) {
    const { image, stage, scale } = this;
    const [mostX, mostY] = [image.offsetWidth * scale - stage.clientWidth, image.offsetHeight * scale - stage.clientHeight];
    this.x = within(x, mostX / 2);
    this.y = within(y, mostY / 2);
    image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${scale})`;
    this.dialog.classList.toggle("zoomed", scale > 1);
  }

  // --- Mouse and fingers

  #wheeled(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? LINE_PX : 1);
    this.#zoom(this.scale * Math.exp(-pixels / (event.ctrlKey ? 100 : 400)), event); // with Ctrl: two fingers on a pad
  }

  #pressed({ pointerId, button, clientX: x, clientY: y }) {
    if (button) return; // of a mouse, the menu of the browser
    if (!this.fingers.size) Object.assign(this, { hasMoved: false, start: { x, y } });
    this.fingers.set(pointerId, { x, y });
  }

  #moved({ pointerId, clientX: x, clientY: y }) {
    const before = this.fingers.get(pointerId);
    if (!before) return;
    const wide = distance(this.fingers);
    this.fingers.set(pointerId, { x, y });
    if (Math.hypot(x - this.start.x, y - this.start.y) > DRAG_PX) this.#hold(pointerId);
    if (!this.hasMoved) return;
    if (this.fingers.size === 2) this.#zoom((this.scale * distance(this.fingers)) / wide, between(this.fingers));
    const share = this.fingers.size; // two fingers move it by what they move together
    if (this.scale > 1) this.#move(this.x + (x - before.x) / share, this.y + (y - before.y) / share);
  }

  #hold(pointerId) {
    this.hasMoved = true;
    this.stage.setPointerCapture(pointerId);
    this.dialog.classList.add("held");
  }

  #lifted({ type, pointerId, pointerType, clientX, clientY }) {
    if (!this.fingers.delete(pointerId) || this.fingers.size) return;
    this.dialog.classList.remove("held");
    const [across, down] = [clientX - this.start.x, clientY - this.start.y];
    const isSwipe = type === "pointerup" && pointerType === "touch" && this.scale === 1 && this.links.length > 1;
    if (!isSwipe || Math.abs(across) < Math.max(SWIPE_PX, 2 * Math.abs(down))) return;
    this.#do(across > 0 ? "previous" : "next");
  }

  #clicked({ target, clientX: x, clientY: y }) {
    if (this.hasMoved) return;
    if (target !== this.image) this.dialog.close();
    else if (this.scale > 1) this.#fit();
    else this.#zoom(Math.max(CLOSE_UP_TIMES, this.#natural), { x, y });
  }
}

function within(value, most) {
  return Math.min(Math.max(value, -Math.max(0, most)), Math.max(0, most));
}

function distance(fingers) {
  const [one, other] = [...fingers.values()];
  return other ? Math.hypot(one.x - other.x, one.y - other.y) || 1 : 1;
}

function between(fingers) {
  const [one, other] = [...fingers.values()];
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}
