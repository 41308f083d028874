/** The line and the column of a place in a text, both from 1. */
export function positionOf(text, offset) {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: lines.at(-1).length + 1 };
}

/** A sentence with its {names} replaced. */
export function filled(sentence, values) {
  return sentence.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
}
