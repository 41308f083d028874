// Shows a block of code in another way, in place of its source: a preview, a table, or a tree. Each is a module, loaded with its
// first use, that fills the `stage` of a panel.

import { download } from "./download.js";

const VIEWS = {
  preview: () => import("./preview.js"),
  table: () => import("./table.js"),
  tree: () => import("./tree.js"),
};
const FILE_NAMES = {
  svg: "image.svg",
  mermaid: "diagram.mmd",
  htm: "page.html",
  html: "page.html",
  csv: "table.csv",
  tsv: "table.tsv",
  json: "data.json",
  geojson: "data.geojson",
};

const template = document.querySelector("#code-view").content;
const panels = new WeakMap(); // by block of code
let styled;

/** Open what `button` is for, or close it again. */
export async function toggle(button) {
  const block = button.closest(".code");
  const open = panels.get(block);
  open?.close();
  if (open?.button === button) return;
  const panel = new Panel(block, button);
  panels.set(block, panel);
  const [{ show }] = await Promise.all([VIEWS[button.dataset.view](), (styled ??= loadStyles())]);
  if (panels.get(block) === panel) panel.open(show);
}

function loadStyles() {
  const link = template.querySelector("link").cloneNode();
  const isLoaded = new Promise((done) => (link.onload = link.onerror = done));
  document.head.append(link);
  return isLoaded;
}

class Panel {
  constructor(block, button) {
    this.block = block;
    this.button = button;
    this.code = block.querySelector("pre");
    this.source = this.code.textContent;
    this.written = block.querySelector(".code-language").textContent;
    this.language = this.written.toLowerCase().replace("xml", "svg"); // only such XML has a view
    this.dialog = template.querySelector("dialog").cloneNode(true);
    this.words = this.dialog.dataset;
    this.stage = this.dialog.querySelector(".stage");
    this.doing = {
      close: () => this.#backToSource(),
      full: () => this.#fill(),
      shrink: () => this.dialog.close(),
      source: () => download(this.source, FILE_NAMES[this.language], "text/plain"),
    };
    this.dialog.addEventListener("click", ({ target }) => this.doing[target.closest("[data-do]")?.dataset.do]?.());
    this.dialog.addEventListener("close", () => this.#shrunk());
  }

  open(show) {
    this.dialog.setAttribute("aria-label", `${this.button.textContent}: ${this.written}`);
    this.button.setAttribute("aria-expanded", true);
    this.code.hidden = true;
    this.dialog.setAttribute("open", ""); // show() would move the focus
    this.block.append(this.dialog);
    show(this);
  }

  close() {
    panels.delete(this.block);
    this.closed?.();
    this.dialog.remove();
    this.code.hidden = false;
    this.button.setAttribute("aria-expanded", false);
  }

  /** Say something in the bar. */
  say(...sentences) {
    this.dialog.querySelector(".said").textContent = sentences.join(" ");
  }

  /** Show the button of that name, which calls `act`; without one, hide it. */
  offer(name, act) {
    this.doing[name] = act;
    this.dialog.querySelector(`[data-do="${name}"]`).hidden = !act;
  }

  #backToSource() {
    this.close();
    this.button.focus();
  }

  /** The same element over the page: a frame that is moved in the document is loaded again. */
  #fill() {
    this.dialog.removeAttribute("open");
    this.dialog.showModal();
    this.dialog.querySelector("[data-do='shrink']").focus();
  }

  leaveFullScreen() {
    if (this.dialog.matches(":modal")) this.dialog.close();
  }

  #shrunk() {
    this.dialog.setAttribute("open", "");
    this.dialog.querySelector("[data-do='full']").focus();
  }
}
