// Lets Back close what lies over the page, a dialog or a menu or the drawer, before it leaves the page. For that each such
// layer has an entry in the history, which is removed when the layer closes, in whatever way.

const PATIENCE_MS = 1000;

const isOpen = (layer) => layer.isConnected && layer.matches("dialog:modal, [popover]:popover-open");
const depth = () => history.state?.layers ?? 0; // of the entry that is shown; after a reload there may be one too many

let layers = []; // that are open, the uppermost last
let isLeaving = false; // this page has asked the browser to go back over entries
let afterLeaving; // what waits until they are gone
let place; // the entry that was shown last: {address, depth}
let isAmongLayers = false; // the last move in the history

/** `layer` has opened or closed. */
export function update(layer) {
  if (isOpen(layer) && !layers.includes(layer)) layers.push(layer);
  settle();
}

/** Make the history as long as there are layers. */
function settle() {
  layers = layers.filter(isOpen);
  if (isLeaving) return;
  const surplus = depth() - layers.length;
  isLeaving = surplus > 0;
  if (isLeaving) return history.go(-surplus);
  // `htmx` or it would write its own state over this one.
  while (depth() < layers.length) history.pushState({ ...history.state, htmx: true, layers: depth() + 1 }, "");
  notePlace();
  goOn();
}

function notePlace() {
  place = { address: location.href, depth: depth() };
}

addEventListener("popstate", () => {
  isAmongLayers = place.address === location.href && Boolean(place.depth || depth());
  notePlace();
  const isOurs = isLeaving;
  isLeaving = false;
  if (!isAmongLayers) return; // to another chat, which is loaded again
  layers = layers.filter(isOpen);
  if (!isOurs) while (layers.length > depth()) close(layers.pop());
  settle();
});

// htmx reloads the page when somebody goes back to an entry that it has seen; here only a layer closes.
document.addEventListener("htmx:before:history:restore", (event) => isAmongLayers && event.preventDefault());
document.addEventListener("htmx:after:history:push", notePlace);

// The browser also takes such a move for a new page, where the focus starts from the top.
window.navigation?.addEventListener("navigate", (event) => {
  const { canIntercept, navigationType, destination } = event;
  if (!canIntercept || navigationType !== "traverse" || destination.url !== location.href) return;
  event.intercept({ focusReset: "manual", scroll: "manual" });
});

function close(layer) {
  if (layer.matches("dialog")) layer.close();
  else layer.hidePopover();
}

// Whoever follows a link from a layer finds neither the layer nor its entry when they come back.

function leave(act) {
  afterLeaving = act;
  for (const layer of [...layers].reverse()) if (isOpen(layer)) close(layer);
  settle();
  setTimeout(goOn, PATIENCE_MS); // a browser may refuse to move in the history; the link works all the same
}

function goOn() {
  afterLeaving?.();
  afterLeaving = undefined;
}

function isAbove() {
  return isLeaving || depth() > 0;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link?.target || link?.hasAttribute("download");
  if (!link || isElsewhere || event.defaultPrevented || !isAbove()) return;
  event.preventDefault();
  leave(() => location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method === "dialog" || !isAbove()) return;
  event.preventDefault();
  leave(() => form.requestSubmit(submitter));
});

notePlace();
settle();
