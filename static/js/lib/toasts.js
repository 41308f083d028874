// Brief toasts go by themselves; not while they are looked at closely, nor in a tab that nobody sees.

const BRIEF_SECONDS = 8;

const left = new WeakMap(); // seconds

/** Begin to count for the new ones among `toasts`. */
export function look(toasts) {
  for (const toast of toasts.querySelectorAll(".brief")) {
    if (left.has(toast)) continue;
    left.set(toast, BRIEF_SECONDS);
    const clock = setInterval(() => {
      if (document.hidden || toast.matches(":hover, :focus-within")) return;
      left.set(toast, left.get(toast) - 1);
      if (left.get(toast) > 0) return;
      clearInterval(clock);
      toast.remove();
    }, 1000);
  }
}
