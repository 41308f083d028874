"""Complaints of axe-core about a page; contrast is measured once for each pair of colours.

Contrast is most of what axe-core works at, and pages repeat few looks many times, in each of their states.
"""

from importlib.resources import files
from typing import TypedDict

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
# A look is all that contrast is made of: the text's own style, and what its ancestors paint behind it. Only what is
# known to be enough is remembered: where axe-core cannot tell, as for text under a dialog, it looks each time.
RUN = """
async ([rules, enough]) => {
  const check = axe._audit.checks["color-contrast"], { evaluate } = check;
  const known = new Set(enough), learned = new Set(), paints = new Map([[null, ""]]);
  const paint = (element) => {
    if (!paints.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join();
      const isNothing = own === "rgba(0, 0, 0, 0),none,1,none,normal";
      paints.set(element, paint(element.parentElement) + (isNothing ? "" : `|${own}`));
    }
    return paints.get(element);
  };
  const look = (element) => {
    const { color, fontSize, fontWeight, textShadow, webkitTextStroke } = getComputedStyle(element);
    return [color, fontSize, fontWeight, textShadow, webkitTextStroke].join() + paint(element);
  };
  check.evaluate = function (element, ...more) {
    const its = look(element);
    if (known.has(its) || learned.has(its)) return true;
    const result = evaluate.call(this, element, ...more);
    if (result === true) learned.add(its);
    return result;
  };

  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
  check.evaluate = evaluate;
  const complaint = ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join("  ")}`;
  return { learned: [...learned], complaints: violations.map(complaint) };
}
"""


class Findings(TypedDict):
    learned: list[str]
    complaints: list[str]


_enough: list[str] = []  # looks on all pages so far


def load(page: Page) -> None:
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)  # a script element would be stopped by the CSP


def complaints(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """By these rules, or by all, about a page that has been through `load`."""
    found: Findings = page.evaluate(RUN, [rules, _enough])
    _enough.extend(found["learned"])
    return found["complaints"]
