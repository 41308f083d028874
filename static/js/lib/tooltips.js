// Tooltips: what a button without words is called; for the pointer after a moment, for the keyboard at once.

const AFTER_MS = 500;

const tip = document.createElement("p");
Object.assign(tip, { id: "tip", popover: "manual", ariaHidden: "true" }); // it has been read out already
document.body.append(tip);

let timer;
let isStill = false; // since a press: what takes the place of a button under the pointer was not pointed at

export function showTooltip(button, afterMs = AFTER_MS) {
  if (tip.button === button || (isStill && afterMs)) return;
  hide();
  tip.button = button;
  timer = setTimeout(show, afterMs);
}

function show() {
  if (!tip.button?.isConnected) return hide();
  tip.textContent = tip.button.ariaLabel ?? tip.button.textContent.trim();
  tip.showPopover({ source: tip.button });
}

function hide() {
  clearTimeout(timer);
  tip.button = undefined;
  tip.hidePopover();
}

addEventListener("pointerdown", () => (isStill = true), { capture: true });
addEventListener("pointermove", () => (isStill = false), { passive: true });
for (const kind of ["pointerdown", "keydown", "focusout", "scroll", "blur"]) addEventListener(kind, hide, { capture: true });
addEventListener("pointerout", ({ relatedTarget }) => tip.button?.contains(relatedTarget) || hide());
