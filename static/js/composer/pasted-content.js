// Finds what somebody means to paste, where the clipboard holds it in several forms: a file and its name, an image and the
// words of a web page about it, cells of a table and a drawing of them.

const NOT_SEEN = /<!--[^]*?-->|<(style|title|script)\b[^]*?<\/\1>/gi;
const IMAGE = /<img\b/i;
const EMBEDDED_IMAGES = /<img\b[^>]*?\bsrc\s*=\s*["']?data:(image\/[\w.+-]+);base64,([\w+/=\s]+)/gi;
const ADDRESS = /^[a-z]+:\S+$/i;

/** Return the {files, text} that are meant. Without an image in `html`, text goes before files. */
export function meant({ files, text, html }) {
  const visible = html.replace(NOT_SEEN, "");
  const hasImage = IMAGE.test(visible);
  const images = files.length ? files : embedded(visible);
  const isImageAlone = hasImage && !visible.replace(/<[^>]*>|&nbsp;|\s/g, "");
  const isText = text.trim() && !isImageAlone && !isAboutFiles(text, images);
  return { files: hasImage || !isText ? images : [], text: isText ? text : "" };
}

/** Is `text` only what the files are called, or where they come from? */
function isAboutFiles(text, files) {
  const names = files.flatMap(({ name }) => [bare(name), bare(name).replace(/\.\w+$/, "")]);
  const rows = text.split(/[\r\n]+/).filter((row) => row.trim());
  return rows.every((row) => names.includes(bare(row))) || (rows.length === files.length && rows.every(isAddress));
}

function isAddress(row) {
  return ADDRESS.test(row.trim());
}

/** The name in a path or an address, as different systems write the same one. */
function bare(path) {
  const name = path.trim().replace(/[?#].*$/, "").split(/[/\\]/).at(-1);
  try {
    return decodeURIComponent(name).normalize();
  } catch {
    return name.normalize();
  }
}

function embedded(html) {
  return [...html.matchAll(EMBEDDED_IMAGES)].flatMap(([, type, code], number) => {
    try {
      const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
      return new File([bytes], `image-${number + 1}.${type.split("/")[1]}`, { type });
    } catch {
      return []; // cut off
    }
  });
}
