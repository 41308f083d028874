// Opens the settings of a chat in a dialog over it: the form of their own page, fetched each time it is opened.

import { showSearchPrice } from "../composer/chosen-model.js";

let dialog;
let link;

export async function openSettings(pressed) {
  link = pressed;
  const address = new URL(link.href);
  const model = document.querySelector("#model")?.value;
  if (model) address.searchParams.set("model", model); // the one that is chosen now decides what is marked as not used
  show(await formAt(address));
  if (!dialog.open) dialog.showModal();
}

/** The form in the page at this address, or in the response to a request. */
async function formAt(address, request) {
  const response = await fetch(address, request);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = page.querySelector("form.settings");
  if (!form) throw new Error("no settings");
  await addStyle(page);
  return form;
}

/** The page's own style sheet, which a chat does not load at first. */
async function addStyle(page) {
  const sheet = page.querySelector("link[href*='settings']");
  if (!sheet || document.querySelector(`link[href="${sheet.getAttribute("href")}"]`)) return;
  const ours = document.createElement("link");
  ours.rel = "stylesheet";
  ours.href = sheet.getAttribute("href");
  const loaded = new Promise((done) => ["load", "error"].forEach((name) => ours.addEventListener(name, done)));
  document.head.append(ours);
  await loaded;
}

function show(form) {
  dialog ??= makeDialog();
  form.action = new URL(link.href).pathname + new URL(link.href).search;
  const title = form.querySelector("h1");
  const heading = document.createElement("h2");
  heading.id = title.id;
  heading.textContent = title.textContent;
  title.replaceWith(heading);
  dialog.replaceChildren(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // or it would close with the press (lib/overlay-history.js)
    save(form, event.submitter);
  });
}

function makeDialog() {
  const made = document.createElement("dialog");
  made.id = "settings";
  made.setAttribute("aria-labelledby", "settings-heading");
  made.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    event.stopPropagation();
    made.close();
  });
  made.addEventListener("close", () => document.querySelector("[data-settings]")?.focus());
  document.body.append(made);
  return made;
}

async function save(form, button) {
  const body = new FormData(form, button);
  const request = { method: "POST", body, headers: { "HX-Request": "true" } };
  const answer = await fetch(form.action, request).then((response) => response.text(), () => "");
  const page = new DOMParser().parseFromString(answer, "text/html");
  const saved = page.querySelector("#chat-settings");
  const refused = page.querySelector("form.settings");
  if (saved) {
    document.querySelector("#chat-settings").replaceWith(saved);
    replaceSwitch(page.querySelector("#web-search"));
    dialog.close();
  } else if (refused) {
    show(refused);
    (refused.querySelector("[aria-invalid]") ?? refused.querySelector(".faults")).scrollIntoView({ block: "center" });
    refused.querySelector("[aria-invalid]")?.focus();
  } else {
    const textContent = document.querySelector("chat-composer").dataset.notDone;
    const fault = Object.assign(document.createElement("p"), { className: "notice", textContent });
    form.querySelector(".faults").replaceChildren(fault);
    fault.scrollIntoView({ block: "center" });
  }
}

/** The switch for searches may be on by the settings now, or free again. */
function replaceSwitch(next) {
  const composer = document.querySelector("chat-composer");
  next.querySelector("#web").checked ||= composer.form.web.matches(":checked:enabled");
  composer.querySelector("#web-search").replaceWith(next);
  showSearchPrice(composer);
}
