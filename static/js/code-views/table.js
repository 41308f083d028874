// CSV as a table. The first row is its header; pressing a column sorts by it.

import { CsvProblem, parseCsv } from "./csv.js";
import { filled, positionOf } from "./text-position.js";

const MOST_ROWS = 1000; // that are shown; all are sorted
const { compare } = new Intl.Collator(document.documentElement.lang, { numeric: true });
const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;
const FORMAT = new Intl.NumberFormat(document.documentElement.lang);
const PLURALS = new Intl.PluralRules(document.documentElement.lang);

/** Fill the stage of a panel. */
export function show(panel) {
  try {
    const rows = parseCsv(panel.source, panel.language === "tsv" ? "\t" : undefined);
    if (rows.length) new Table(panel, rows);
    else panel.say(panel.words.empty);
  } catch (problem) {
    if (!(problem instanceof CsvProblem)) throw problem;
    panel.say(filled(panel.words[problem.kind], positionOf(panel.source, problem.offset)));
  }
}

class Table {
  constructor(panel, [header, ...rows]) {
    const width = rows.reduce((most, { length }) => Math.max(most, length), header.length);
    this.rows = rows;
    this.table = document.createElement("table");
    this.body = document.createElement("tbody");
    this.heads = Array.from({ length: width }, (_, column) => this.#head(header[column] ?? "", column));
    const head = document.createElement("tr");
    head.append(...this.heads);
    this.table.createTHead().append(head);
    this.table.append(this.body);
    this.#fill();
    panel.stage.replaceChildren(this.table);
    panel.stage.tabIndex = 0; // it scrolls
    panel.stage.setAttribute("role", "group");
    panel.stage.setAttribute("aria-label", panel.dialog.getAttribute("aria-label"));
    panel.say(...sentences(panel.words, header, rows));
  }

  #head(name, column) {
    const cell = document.createElement("th");
    cell.scope = "col";
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name || "–" });
    button.addEventListener("click", () => this.#sort(column));
    cell.append(button);
    return cell;
  }

  #sort(column) {
    const cell = this.heads[column];
    const isDown = cell.getAttribute("aria-sort") === "ascending";
    for (const head of this.heads) head.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const sign = isDown ? -1 : 1;
    this.rows = this.rows.toSorted((one, other) => sign * order(one[column] ?? "", other[column] ?? ""));
    this.#fill();
  }

  #fill() {
    this.body.replaceChildren(...this.rows.slice(0, MOST_ROWS).map((fields) => this.#row(fields)));
  }

  #row(fields) {
    const row = document.createElement("tr");
    for (let column = 0; column < this.heads.length; column++) row.insertCell().textContent = fields[column] ?? "";
    return row;
  }
}

/** Numbers by their values and before words; words as the language has them. */
function order(one, other) {
  const [isNumber, isOther] = [one, other].map((field) => NUMBER.test(field));
  if (isNumber && isOther) return one - other;
  return isOther - isNumber || compare(one, other);
}

function sentences(words, header, rows) {
  const values = { shown: FORMAT.format(MOST_ROWS), count: FORMAT.format(rows.length) };
  const uneven = rows.findIndex(({ length }) => length !== header.length);
  const about = { row: uneven + 1, fields: rows[uneven]?.length, expected: header.length };
  const inAll = words[PLURALS.select(rows.length)] ?? words.other;
  return [filled(rows.length > MOST_ROWS ? words.firstRows : inAll, values), uneven < 0 ? "" : filled(words.uneven, about)];
}
