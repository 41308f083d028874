// Places menus and tooltips at their buttons, in browsers that do not know position-area (css/site/menus.css).

const EDGE_PX = 8; // from the edges of the window
const GAP_PX = 4;

function place(menu) {
  const button = menu.button ?? document.querySelector(`[popovertarget="${menu.id}"]`);
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(menu).direction === "rtl";
  const fitsBelow = bottom + GAP_PX + height + EDGE_PX <= innerHeight;
  const start = isRightToLeft ? right - width : left;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(start, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${fitsBelow ? bottom + GAP_PX : Math.max(EDGE_PX, top - height - GAP_PX)}px`;
}

function placeAll() {
  for (const menu of document.querySelectorAll("[popover]:not(#chats):popover-open")) place(menu);
}

document.addEventListener("toggle", placeAll, { capture: true }); // opened, or grown by what was unfolded in it
document.addEventListener("scroll", placeAll, { capture: true, passive: true });
addEventListener("resize", placeAll);
