// Lets links copy the text that they lead to, on a page that is not a chat. Without this they open it.

import { act } from "./lib/message-actions.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-copy]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  act(link);
});
