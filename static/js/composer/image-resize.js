// Makes images smaller before they are uploaded. The server checks and encodes them again; this only saves time.

// As in chat/images/pixels.py, which says why.
const LONG_EDGE_PX = 2048;
const SHORT_EDGE_PX = 1024;
const LONGEST_EDGE_PX = 8000;
const THIN_EDGE_PX = 64;
const SMALL_BYTES = 1_000_000;
const QUALITY = 0.85;
const NOT_RESIZED = /\.(gif|hei[cf])$|^image\/(gif|hei[cf])$/i; // animation; and what most browsers cannot read

/** Return `file`, or a smaller WebP or JPEG of it, upright and as large as the server stores it. */
export async function shrink(file) {
  if (NOT_RESIZED.test(file.type) || NOT_RESIZED.test(file.name)) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // the server says what is wrong with it
  }
  const scale = scaleOf(bitmap);
  if (scale === 1 && file.size <= SMALL_BYTES) return file;
  const blob = await encode(draw(bitmap, scale));
  bitmap.close();
  if (!blob || (scale === 1 && blob.size >= file.size)) return file;
  const name = file.name.replace(/\.\w+$/, "") + (blob.type === "image/webp" ? ".webp" : ".jpg");
  return new File([blob], name, { type: blob.type, lastModified: file.lastModified });
}

function scaleOf({ width, height }) {
  const [short, long] = width < height ? [width, height] : [height, width];
  const readable = short < THIN_EDGE_PX ? 0 : SHORT_EDGE_PX / short;
  return Math.min(1, Math.max(LONG_EDGE_PX / long, readable), LONGEST_EDGE_PX / long);
}

function draw(bitmap, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function encode(canvas) {
  const webp = await toBlob(canvas, "image/webp");
  if (webp?.type === "image/webp") return webp;
  // Safari has no WebP encoder and hands over a PNG. JPEG has no transparency: what is clear becomes white.
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return toBlob(canvas, "image/jpeg");
}

function toBlob(canvas, type) {
  return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
}

/** Say a number of bytes in the reader's language: "340 kB", "3.4 MB". */
export function sizeInWords(bytes) {
  const [amount, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [bytes / 1e6, "megabyte"];
  const format = { style: "unit", unit, maximumFractionDigits: 1, numberingSystem: "latn" };
  return amount.toLocaleString(document.documentElement.lang, format);
}
