// JSON as a tree. Its branches are made when they are opened, so that a large one is no more work than a small one.

import { copy } from "../lib/copy-text.js";
import { JsonProblem, MOST_LEVELS, parseJson } from "./json.js";
import { filled, positionOf } from "./text-position.js";

const AT_ONCE = 1000; // entries of a branch
const NAME = /^[A-Za-z_$][\w$]*$/;
const CONFIRMED_MS = 1500;

/** Fill the stage of a panel. */
export function show(panel) {
  try {
    const root = branch("", parseJson(panel.source.trimEnd()), "$", panel.words.more);
    panel.stage.replaceChildren(root);
    if (root.matches("details")) root.open = true;
    choosePaths(panel);
  } catch (problem) {
    if (!(problem instanceof JsonProblem)) throw problem;
    const words = problem.isTooDeep ? panel.words.tooDeep : panel.words.noJson;
    panel.say(filled(words, { most: MOST_LEVELS, ...positionOf(panel.source, problem.offset) }));
  }
}

/** What is pressed or has the focus says where it is, in the bar. */
function choosePaths(panel) {
  let path = "";
  const choose = ({ target }) => {
    const chosen = target.closest("[data-path]");
    if (!chosen) return;
    path = chosen.dataset.path;
    panel.say(path);
    panel.offer("path", () => confirm(panel, path));
  };
  panel.stage.addEventListener("click", choose);
  panel.stage.addEventListener("focusin", choose);
}

async function confirm(panel, path) {
  await copy(path);
  const button = panel.dialog.querySelector("[data-do='path']");
  const name = button.textContent;
  if (name === button.dataset.copied) return;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = name), CONFIRMED_MS);
}

function branch(name, node, path, more) {
  return node.entries ? group(name, node, path, more) : leaf(name, node, path);
}

function leaf(name, { type, text }, path) {
  const row = element("p", "", key(name), element("span", type, type === "string" ? JSON.stringify(text) : text));
  row.dataset.path = path;
  row.tabIndex = 0; // for who has no pointer
  return row;
}

function group(name, { type, entries }, path, more) {
  const [opening, closing] = type === "object" ? "{}" : "[]";
  const summary = element("summary", "", key(name), element("span", "size", `${opening}${entries.length}${closing}`));
  const details = element("details", "", summary);
  summary.dataset.path = path;
  details.addEventListener("toggle", () => details.open && fill(details, 0), { once: true });

  function fill(place, from) {
    const shown = entries.slice(from, from + AT_ONCE);
    place.append(...shown.map(([key, node]) => branch(key, node, `${path}${step(key)}`, more)));
    if (from + AT_ONCE < entries.length) place.append(moreButton(more, (button) => (button.remove(), fill(place, from + AT_ONCE))));
  }
  return details;
}

function moreButton(words, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  button.addEventListener("click", () => act(button));
  return button;
}

function key(name) {
  return name === "" ? "" : element("span", "key", `${name}: `);
}

function step(key) {
  if (typeof key === "number") return `[${key}]`;
  return NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}
