// Thoughts run in a window that follows its own end, until the reader scrolls up in it (templates/chat/_thoughts.html).

const NEAR_END_PX = 20;
const INTENT_PX = 3;

const log = document.querySelector("#log");
const tops = new WeakMap(); // of a window: where its reader was last seen
const left = new WeakSet(); // windows whose readers want to be elsewhere than at the end

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => follow(target.parentElement)));

/** Keep the thoughts of a running answer at their end. */
export function watchThoughts(article) {
  sizes.observe(article.querySelector(".window > div"));
}

function follow(view) {
  if (!left.has(view)) view.scrollTop = view.scrollHeight;
  note(view);
}

function note(view) {
  tops.set(view, view.scrollTop);
  view.toggleAttribute("data-cut", view.scrollTop > 0); // something is above: it fades there
}

function scrolled({ target: view }) {
  if (!view.matches(".window")) return;
  const moved = view.scrollTop - (tops.get(view) ?? 0);
  const isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight <= NEAR_END_PX;
  if (isAtEnd) left.delete(view);
  else if (moved <= -INTENT_PX) left.add(view);
  if (view.closest("[data-state='streaming']")) note(view);
}

log.addEventListener("scroll", scrolled, { capture: true, passive: true });

function ended({ target }) {
  const view = target.closest("article").querySelector(".window");
  sizes.unobserve(view.firstElementChild);
  view.removeAttribute("data-cut");
}

log.addEventListener("done", ended, { capture: true }); // before the stream leaves its article
