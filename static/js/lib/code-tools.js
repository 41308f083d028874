// The buttons of finished blocks of code: Copy, and Wrap for long lines. The last choice also holds for later blocks.

const log = document.querySelector("#log");
const tools = document.querySelector("#code-tools");

let wraps = false;

function addTools(blocks) {
  for (const bar of blocks.querySelectorAll("[id^='done-'] .code-bar:not(:has(button))")) {
    bar.append(tools.content.cloneNode(true));
    bar.querySelector(".wrap").setAttribute("aria-pressed", wraps);
  }
}

const seenBlocks = new WeakSet();

function lookAtNewBlocks({ target }) {
  if (target === log || target.parentElement === log) addTools(log); // of many new messages it is the first, or the link to more
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
  if (button?.matches(".copy")) (await import("./copy-text.js")).copyCode(button);
  if (!button?.matches(".wrap")) return;
  wraps = button.getAttribute("aria-pressed") !== "true"; // css/chat/code.css does the rest
  button.setAttribute("aria-pressed", wraps);
});
