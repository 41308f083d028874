// Reads CSV as RFC 4180 describes it, also with semicolons or tabs between the fields.

const SEPARATORS = [",", ";", "\t"];
const QUOTED = /"([^"]*(?:""[^"]*)*)"/y; // there is one way to read it, or an open quote would take for ever

/** The text is not CSV. `kind` is "openQuote" or "afterQuote", `offset` where. */
export class CsvProblem extends Error {
  constructor(kind, offset) {
    super(kind);
    Object.assign(this, { kind, offset });
  }
}

/** Rows of fields, without empty lines. `separator`: the most frequent of the first line, if none is given. */
export function parseCsv(text, separator = likelySeparator(text)) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length) {
    const { field, end } = fieldAt(text, at, separator);
    row.push(field);
    const isSeparated = text[end] === separator;
    at = isSeparated ? end + 1 : afterLineEnd(text, end);
    if (isSeparated && at < text.length) continue;
    if (isSeparated) row.push("");
    if (row.length > 1 || field) rows.push(row);
    row = [];
  }
  return rows;
}

function likelySeparator(text) {
  const [line] = text.split("\n", 1);
  const count = (separator) => line.split(separator).length;
  return SEPARATORS.reduce((most, other) => (count(other) > count(most) ? other : most));
}

function fieldAt(text, at, separator) {
  if (text[at] !== '"') {
    const end = endOfPlain(text, at, separator);
    return { field: text.slice(at, end), end };
  }
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text);
  if (!quoted) throw new CsvProblem("openQuote", at);
  const end = QUOTED.lastIndex;
  if (end < text.length && ![separator, "\n", "\r"].includes(text[end])) throw new CsvProblem("afterQuote", end);
  return { field: quoted[1].replaceAll('""', '"'), end };
}

function endOfPlain(text, at, separator) {
  let end = at;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}

function afterLineEnd(text, end) {
  return end + (text[end] === "\r" && text[end + 1] === "\n" ? 2 : 1);
}
