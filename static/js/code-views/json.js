// Reads JSON into nodes that keep what JavaScript's own values lose: digits of numbers, names that come twice, where it is wrong.

export const MOST_LEVELS = 100;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y; // one way to read it
const SIMPLE = [
  ["number", /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["boolean", /true|false/y],
  ["null", /null/y],
];

/** The text is not JSON at `offset`, or `isTooDeep`. */
export class JsonProblem extends Error {
  constructor(offset, isTooDeep = false) {
    super("no JSON");
    Object.assign(this, { offset, isTooDeep });
  }
}

/** A node: {type, text}, for objects and arrays {type, entries: [[name or index, node], ...]}. */
export function parseJson(text) {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.take(SPACE);
  if (reader.at < text.length) throw new JsonProblem(reader.at);
  return node;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** What `pattern` finds right here, or undefined. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Go past the next sign, if it is this one. */
  passes(sign) {
    this.take(SPACE);
    const isNext = this.text[this.at] === sign;
    if (isNext) this.at++;
    return isNext;
  }

  expect(sign) {
    if (!this.passes(sign)) throw new JsonProblem(this.at);
  }

  value(level) {
    if (level > MOST_LEVELS) throw new JsonProblem(this.at, true);
    if (this.passes("{")) return { type: "object", entries: this.#entries("}", () => this.#member(level + 1)) };
    if (this.passes("[")) return { type: "array", entries: this.#entries("]", (index) => [index, this.value(level + 1)]) };
    if (this.text[this.at] === '"') return { type: "string", text: this.#string() };
    for (const [type, pattern] of SIMPLE) {
      const text = this.take(pattern);
      if (text) return { type, text };
    }
    throw new JsonProblem(this.at);
  }

  #entries(closing, read) {
    const entries = [];
    if (this.passes(closing)) return entries;
    do entries.push(read(entries.length));
    while (this.passes(","));
    this.expect(closing);
    return entries;
  }

  #member(level) {
    this.take(SPACE);
    const name = this.#string();
    this.expect(":");
    return [name, this.value(level)];
  }

  #string() {
    const written = this.take(STRING);
    if (written === undefined) throw new JsonProblem(this.at);
    return JSON.parse(written);
  }
}
