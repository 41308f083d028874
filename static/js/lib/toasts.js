// Removes brief toasts after a while; not while they are hovered or focused, nor in a hidden tab.

const BRIEF_SECONDS = 8;

const secondsLeft = new WeakMap();

/** Start the clock of each new one. */
export function watchToasts(toasts) {
  for (const toast of toasts.querySelectorAll(".brief")) {
    if (secondsLeft.has(toast)) continue;
    secondsLeft.set(toast, BRIEF_SECONDS);
    const clock = setInterval(() => {
      if (document.hidden || toast.matches(":hover, :focus-within")) return;
      secondsLeft.set(toast, secondsLeft.get(toast) - 1);
      if (secondsLeft.get(toast) > 0) return;
      clearInterval(clock);
      toast.remove();
    }, 1000);
  }
}
