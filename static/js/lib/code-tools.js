// The buttons of finished blocks of code. Wrap also holds for later ones.

const log = document.querySelector("#log");
const tools = document.querySelector("#code-tools").content;
const SVG = /^\s*(<[?!][^>]*>\s*)*<svg\b/;

function addTools(blocks) {
  for (const bar of blocks.querySelectorAll("[id^='done-'] .code-bar:not(:has(button))")) {
    const language = bar.textContent.toLowerCase().replace(/^xml$/, SVG.test(bar.nextSibling.textContent) ? "svg" : "");
    bar.append(tools.cloneNode(true));
    for (const button of bar.querySelectorAll(`[data-view]:not(.of-${CSS.escape(language)})`)) button.remove();
  }
}

const seenBlocks = new WeakSet();

function lookAtNewBlocks({ target }) {
  if (target === log || target.parentElement === log) addTools(log); // or the first of many messages
  if (!target.id.startsWith("done-")) return;
  for (let block = target.lastElementChild; block && !seenBlocks.has(block); block = block.previousElementSibling) {
    seenBlocks.add(block);
    addTools(block);
  }
}

addTools(log);
log.addEventListener("htmx:after:settle", lookAtNewBlocks);
log.addEventListener("click", async ({ target }) => {
  const button = target.closest(".code-bar button");
  if (!button) return;
  if (!button.matches(".wrap")) return (await import("./code-actions.js")).act(button);
  button.ariaPressed = tools.querySelector(".wrap").ariaPressed = button.ariaPressed !== "true";
});
