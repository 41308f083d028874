// Menus and names of buttons hang at their buttons. Stylesheets say so where they can (position-area in css/site/menus.css);
// this is for browsers whose stylesheets cannot.

const EDGE_PX = 8; // they keep away from the edges of the window
const GAP_PX = 4;

function hang(menu) {
  const button = menu.button ?? document.querySelector(`[popovertarget="${menu.id}"]`);
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(menu).direction === "rtl";
  const fitsBelow = bottom + GAP_PX + height + EDGE_PX <= innerHeight;
  const start = isRightToLeft ? right - width : left;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(start, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${fitsBelow ? bottom + GAP_PX : Math.max(EDGE_PX, top - height - GAP_PX)}px`;
}

function hangAll() {
  for (const menu of document.querySelectorAll("[popover]:not(#chats):popover-open")) hang(menu);
}

document.addEventListener("toggle", hangAll, { capture: true }); // opened, or grown by what was unfolded in it
document.addEventListener("scroll", hangAll, { capture: true, passive: true });
addEventListener("resize", hangAll);
