// The preview of a page, an SVG image or a Mermaid diagram: in a sandboxed frame without a network, and at first without
// scripts. What comes from there is text for one's eyes, or a file to save (frame.js, docs/decisions/0016).

import { download } from "./download.js";

const XMLNS = 'xmlns="http://www.w3.org/2000/svg"';
const THEMES = matchMedia("(prefers-color-scheme: dark)");

/** Fill the stage of a panel. */
export function show(panel) {
  const preview = new Preview(panel);
  if (panel.language === "mermaid") preview.draw();
  else preview.load("page");
}

class Preview {
  constructor(panel) {
    this.panel = panel;
    panel.stage.dataset.language = panel.language;
  }

  /** A diagram, in the colours of the page, also once those change. */
  draw() {
    const redraw = () => this.load("diagram");
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    THEMES.addEventListener("change", redraw);
    this.panel.closed = () => {
      themes.disconnect();
      THEMES.removeEventListener("change", redraw);
    };
    redraw();
  }

  /** Load a frame of that kind (chat/views/preview.py), and give it the source, once. */
  load(kind) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.referrerPolicy = "no-referrer"; // the address of a chat is nobody's business
    frame.title = this.panel.dialog.getAttribute("aria-label");
    frame.src = `/preview/${kind}/`;
    frame.addEventListener("load", () => this.#give(frame, kind), { once: true });
    this.#offer(kind);
    this.panel.stage.replaceChildren(frame);
  }

  #offer(kind) {
    const { panel } = this;
    const isRunning = kind === "scripts";
    panel.say(isRunning ? panel.words.runsScripts : "");
    panel.offer("run");
    panel.offer("stop", isRunning && (() => this.load("page")));
    if (panel.language !== "svg") return;
    this.#offerPicture(withNamespace(panel.source));
    if (isRunning) panel.offer("png");
  }

  #give(frame, kind) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => this.#heard(data, kind);
    this.port = port1;
    const { source, language } = this.panel;
    // "*": a sandboxed document has no origin. It is still the one that was asked for, which has run nothing else.
    frame.contentWindow.postMessage({ source, language, isDark: isDark() }, "*", [port2]);
  }

  #heard(data, kind) {
    const { panel } = this;
    if (data.escape) panel.leaveFullScreen();
    if (kind === "scripts") return; // nothing else can be believed
    if (data.hasScripts !== undefined) this.#describe(data);
    if (data.failed) panel.say(panel.words.failed, data.failed);
    if (data.svg) this.#offerPicture(data.svg);
    if (data.png) download(data.png, "image.png");
    if (data.png === null) panel.say(panel.words.noPicture);
  }

  #describe({ hasScripts, needsFiles }) {
    const { panel } = this;
    panel.say(hasScripts ? panel.words.hasScripts : "", needsFiles ? panel.words.needsFiles : "");
    panel.offer("run", hasScripts && (() => this.load("scripts")));
  }

  #offerPicture(svg) {
    this.panel.offer("svg", () => download(svg, "image.svg", "image/svg+xml"));
    this.panel.offer("png", () => this.port?.postMessage(svg)); // drawn in the frame, since a hostile image may take for ever
  }
}

/** An SVG text that is a document of its own. */
function withNamespace(source) {
  const start = source.indexOf("<svg");
  const tag = source.slice(start, source.indexOf(">", start));
  return tag.includes("xmlns=") ? source : source.replace("<svg", `<svg ${XMLNS}`);
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && THEMES.matches);
}
