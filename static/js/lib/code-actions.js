// What the buttons of a block of code do: Copy, and those that show it in another way.

export async function act(button) {
  if (button.matches(".copy")) (await import("./copy-text.js")).copyCode(button);
  else (await import("../code-views/panel.js")).toggle(button);
}
