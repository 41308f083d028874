// Shows a message in the conversation before the server has it, and says which messages the page shows, so that the
// response has those that it lacks.

const MOST_SHOWN = 40; // of the newest messages: this has to fit into an address

const log = document.querySelector("#log");
const form = document.querySelector("#composer");

/** The messages of the page, and their versions: chat/conversations/page_updates.py reads it. */
export function whatIsShown() {
  const articles = [...log.querySelectorAll("article[id]")].slice(-MOST_SHOWN);
  return articles.map((one) => `${one.id}.${versionOf(one)}`).join("_");
}

function versionOf(article) {
  if (article.querySelector(".edit")) return "edited";
  return article.querySelector("[data-version]")?.dataset.version ?? "";
}

form.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
  if (target === form) ctx.request.body.set("shown", whatIsShown());
});

/** The id of a new message. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is for https alone
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Show `message` at the end of the conversation; return its row. */
export function showRow({ text, attachments, pictures }) {
  const row = document.querySelector("#sent-row").content.firstElementChild.cloneNode(true);
  row.querySelector(".pictures").append(...pictures.map(imageItem));
  row.querySelector(".attachments").append(...attachments.map(({ name }) => nameItem(name)));
  row.querySelector(".text").textContent = text.trim();
  for (const place of row.querySelectorAll(".pictures, .attachments, .text")) {
    if (!place.hasChildNodes()) place.remove();
  }
  log.append(row);
  document.querySelector("#empty")?.setAttribute("hidden", "");
  return row;
}

function imageItem({ url, width, height, name }) {
  if (!width) return nameItem(name); // a file
  const [item, image] = [document.createElement("li"), document.createElement("img")];
  Object.assign(image, { src: url, width, height, alt: "" });
  item.append(image);
  return item;
}

function nameItem(name) {
  return Object.assign(document.createElement("li"), { className: "name", textContent: name });
}
