// Loads older messages in place of the link #older when that comes near, newer ones in place of #newer. What the reader
// sees stays where it is, and so does the focus. A link that failed can be clicked, or scrolled to again.

const NEAR_PX = 600;
const MOST_ROWS = 150; // many more make each frame of an answer slow

const log = document.querySelector("#log");
const region = document.querySelector("#conversation");
const links = () => log.querySelectorAll(":scope > #older, :scope > #newer");

const nearing = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach(load), {
  root: region,
  rootMargin: `${NEAR_PX}px 0px`,
});

function load({ target }) {
  htmx.trigger(target, "click"); // not a real one, which would be followed if htmx did not know the link yet
}

function watch() {
  nearing.disconnect();
  for (const link of links()) nearing.observe(link);
}

// Between these two events nothing else runs, so that all that has moved was moved by the messages that came.

let before;

const place = (element) => element?.getBoundingClientRect().top;

log.addEventListener("htmx:before:swap", ({ target }) => {
  if (![...links()].includes(target)) return;
  const next = target.nextElementSibling;
  before = { id: target.id, next, top: place(next), hadFocus: target === document.activeElement };
});

log.addEventListener("htmx:before:settle", () => {
  if (!before) return;
  const { id, next, top, hadFocus } = before;
  before = undefined;
  if (id === "older") keepInPlace(next, top);
  if (hadFocus && !log.querySelector(`#${id}`)) region.focus({ preventScroll: true });
  requestAnimationFrame(watch); // not before htmx knows the next link
});

/** For Safari, and at the very top. Where the browser does it, a scroll that is under way goes on. */
function keepInPlace(element, top) {
  const moved = place(element) - top;
  if (Math.abs(moved) > 1) region.scrollTop += moved;
}

// Whoever sends something after reading far back sees the end again; the older messages leave the page.

const older = log.querySelector(":scope > #older");
const start = { link: older?.cloneNode(true), next: older?.nextElementSibling };

function removeOlder() {
  const isLong = log.querySelectorAll(":scope > article").length > MOST_ROWS;
  if (!isLong || !start.next?.isConnected || log.querySelector(":scope > #newer")) return;
  const link = start.link.cloneNode(true);
  while (start.next.previousSibling) start.next.previousSibling.remove();
  start.next.before(link);
  htmx.process(link);
  watch();
}

document.addEventListener("sent", removeOlder, { capture: true }); // before the question is put in its place

watch();
