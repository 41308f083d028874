// PDFs, audio and addresses of images in the composer: what their chips say, what they cost, and whether the model takes
// them. composer/image-attachments.js uploads files like images; addresses are only sent, and nothing fetches them.

import { sizeInWords } from "./image-resize.js";

const OCR_DOLLARS_A_PAGE = 0.002; // chat/conversations/cost_estimate.py
const FILE = /^application\/pdf|^audio\/|officedocument/;
const ENDING = /\.(pdf|docx|xlsx|pptx|mp3|wav|m4a|aac|og[ga]|flac)$/i;
const MAGIC = ["%PDF-", "PK\x03\x04"];
const LONGEST_ADDRESS = 2000; // chat/files/image_addresses.py

/** Is it a file for the server? It looks at its content again. */
export async function isForServer(file) {
  if (FILE.test(file.type) || ENDING.test(file.name)) return true;
  const head = await file.slice(0, 8).text();
  return MAGIC.some((magic) => head.startsWith(magic));
}

/** Return the address of the image that was pasted or dropped, as {id, address, name, host}. */
export function addressIn(text, html) {
  const source = html && new DOMParser().parseFromString(html, "text/html").querySelector("img")?.getAttribute("src");
  const url = parsed(source || text.trim());
  if (!/^https?:$/.test(url?.protocol) || url.username || url.password || url.href.length > LONGEST_ADDRESS) return;
  const address = url.href.replace(/[\\^`{|}]/g, encodeURIComponent);
  return { id: address, address, host: url.host, name: nameIn(url) };
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    // not one
  }
}

function nameIn({ pathname, host }) {
  const name = pathname.split("/").filter(Boolean).at(-1) ?? host;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Say on a chip what the server, or the address, has told of it; do so again whenever another model is chosen. */
export function describe(composer, { chip, uploaded }) {
  chip.uploaded = uploaded;
  if (!uploaded.address && chip.classList.replace("image", "document")) chip.classList.remove("blind");
  chip.classList.toggle("plain", !uploaded.thumbnail);
  if (!composer.files) {
    composer.files = (model) => costs(composer, model);
    composer.model.addEventListener("change", () => documents(composer).forEach((one) => show(composer, one)));
  }
  show(composer, chip);
}

function documents(composer) {
  return [...composer.chips.children].filter((chip) => chip.uploaded);
}

function show(composer, chip) {
  const { address, host, size, type, pages } = chip.uploaded;
  const { dataset } = composer.querySelector("#file-chip");
  const model = composer.model.selectedOptions[0];
  const facts = pages ? [counted(pages, dataset), sizeInWords(size)] : [address ? host : sizeInWords(size)];
  if (pages && isByOcr(composer, model?.dataset)) facts.push(dataset.ocr.replace("{price}", dollars(pages * OCR_DOLLARS_A_PAGE)).replaceAll(" ", "\u00a0"));
  chip.querySelector(".size").textContent = facts.join(" · ");
  const isDeaf = type?.startsWith("audio/") && model && !("hears" in model.dataset) && model.hasAttribute("data-price-in");
  chip.classList.toggle("warned", Boolean(isDeaf));
  chip.querySelector(".fault").textContent = isDeaf ? dataset.deaf.replace("{model}", composer.modelName) : "";
}

function costs(composer, model) {
  const uploaded = documents(composer).map((chip) => chip.uploaded);
  const sum = (name) => uploaded.reduce((total, one) => total + (one[name] ?? 0), 0);
  return { files: sum("tokens"), ocr: isByOcr(composer, model) ? sum("pages") * OCR_DOLLARS_A_PAGE : 0 };
}

/** OpenRouter's default: what the model reads itself is not read by OCR. */
function isByOcr(composer, model) {
  const { engine } = composer.querySelector("#file-chip").dataset;
  return engine ? engine === "mistral-ocr" : !model?.features?.split(" ").includes("files");
}

function counted(amount, dataset) {
  const { lang } = document.documentElement;
  return dataset[new Intl.PluralRules(lang).select(amount)].replace("{n}", amount.toLocaleString(lang, { numberingSystem: "latn" }));
}

function dollars(amount) {
  const format = { style: "currency", currency: "USD", numberingSystem: "latn", minimumFractionDigits: 2, maximumFractionDigits: 3 };
  return amount.toLocaleString(document.documentElement.lang, format);
}
