// One's own message in the conversation before the server has it. Its row takes this one's place.

const log = document.querySelector("#log");

/** Show `message` at the end of the conversation; return its row. */
export function showRow({ text, attachments, pictures }) {
  const row = document.querySelector("#sent-row").content.firstElementChild.cloneNode(true);
  row.querySelector(".pictures").append(...pictures.map(shown));
  row.querySelector(".attachments").append(...attachments.map(({ name }) => named(name)));
  row.querySelector(".text").textContent = text.trim();
  for (const place of row.querySelectorAll(".pictures, .attachments, .text")) {
    if (!place.hasChildNodes()) place.remove();
  }
  log.append(row);
  document.querySelector("#empty")?.setAttribute("hidden", "");
  return row;
}

function shown({ url, width, height }) {
  const [item, image] = [document.createElement("li"), document.createElement("img")];
  Object.assign(image, { src: url, width, height, alt: "" });
  item.append(image);
  return item;
}

function named(name) {
  const item = document.createElement("li");
  item.className = "name";
  item.textContent = name;
  return item;
}
