// Inside the sandboxed frame of a preview: shows the source that the page around it sends, once. Not a module: a document
// without an origin may not load those. Nothing here is a secret, and no other script runs in frames of the kinds "page" and
// "diagram" (chat/views/preview.py).
//
// What it answers, through the port that comes with the source: {hasScripts, needsFiles} of a page, {svg} or {failed} of a
// diagram, {png} when it gets an SVG text, null if that cannot be drawn, and {escape} for the key.

(() => {
  const { kind } = document.documentElement.dataset;
  const RUNS = ["script", "iframe[srcdoc]", "[href^='javascript:' i]", "[src^='javascript:' i]"];
  const ELSEWHERE = ["script[src]", "link[rel~='stylesheet' i]", "iframe[src]", "img[src^='http' i]", "image[href^='http' i]"];
  const LEADS_OUT = ["link", "meta[http-equiv]", "base", "iframe", "object", "embed"];
  const MOST_PIXELS = 4096; // of the longer side
  const TIMES = 2; // as sharp as on a good screen

  addEventListener("message", function receive({ source: sender, data, ports: [port] }) {
    if (parent === self || sender !== parent) return;
    removeEventListener("message", receive);
    if (kind !== "scripts") port.onmessage = ({ data: svg }) => answerWithImage(svg, port);
    if (kind !== "scripts") watchEscape(port);
    ({ page: showPage, scripts: runPage, diagram: drawDiagram })[kind](data, port);
  });

  function watchEscape(port) {
    addEventListener("keydown", (event) => event.key === "Escape" && port.postMessage({ escape: true }));
  }

  /** The page without scripts: none runs that a parser without a window has made, even without a policy. */
  function showPage({ source, language }, port) {
    const page = new DOMParser().parseFromString(source, "text/html");
    port.postMessage({ hasScripts: hasScripts(page), needsFiles: Boolean(page.querySelector(String(ELSEWHERE))) });
    for (const each of page.querySelectorAll(String(LEADS_OUT))) each.remove();
    document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
    if (language === "svg") fitImage();
    addEventListener("click", stayHere, { capture: true });
  }

  function hasScripts(page) {
    if (page.querySelector(String(RUNS))) return true;
    return [...page.querySelectorAll("*")].some(({ attributes }) => [...attributes].some(({ name }) => name.startsWith("on")));
  }

  function fitImage() {
    const style = document.createElement("style");
    style.textContent = "body { margin: 0; display: grid; place-items: center; min-height: 100vh } svg { max-width: 100%; max-height: 100vh }";
    document.head.append(style);
  }

  /** A link may lead to a place on the page. Elsewhere it could only show that it is blocked. */
  function stayHere(event) {
    const link = event.target.closest?.("a");
    if (link && !(link.getAttribute("href") ?? link.getAttribute("xlink:href") ?? "").startsWith("#")) event.preventDefault();
  }

  /** The page as it was written. The policy keeps it from everything but WebRTC, which Chromium alone can be told to refuse. */
  function runPage({ source, language }, port) {
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) delete self[name];
    document.open(); // it removes all listeners
    watchEscape(port);
    document.write(source.replace(/<link(?=[\s/>])/gi, "<x-link"));
    document.close();
    if (language === "svg") fitImage();
  }

  async function drawDiagram({ source, isDark }, port) {
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
    try {
      const { svg } = await drawn(source, isDark);
      document.body.append(document.adoptNode(parsed(svg)));
      fitImage();
      port.postMessage({ svg: sized(svg) });
    } catch (problem) {
      port.postMessage({ failed: String(problem.message ?? problem).split("\nExpecting")[0] }); // every sign that might follow
    }
  }

  function drawn(source, isDark) {
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      theme: isDark ? "dark" : "default",
      htmlLabels: false, // other programs do not show HTML in SVG, and browsers refuse to make a PNG of it
      flowchart: { htmlLabels: false },
    });
    return mermaid.render("diagram", source.trimEnd());
  }

  const parsed = (svg) => new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;

  /** With a width and a height, which an image without a page around it needs. */
  function sized(svg) {
    const root = parsed(svg);
    const { width, height } = root.viewBox?.baseVal ?? {};
    const isSized = /^[\d.]+(px)?$/.test(root.getAttribute("width")) && root.hasAttribute("height");
    if (width && !isSized) root.setAttribute("width", width);
    if (width && !isSized) root.setAttribute("height", height);
    return new XMLSerializer().serializeToString(root);
  }

  async function answerWithImage(svg, port) {
    port.postMessage({ png: await png(svg).catch(() => null) });
  }

  async function png(svg) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(sized(svg))}`;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const times = Math.min(TIMES, MOST_PIXELS / Math.max(width, height));
    const canvas = Object.assign(document.createElement("canvas"), { width: width * times, height: height * times });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done));
  }
})();
