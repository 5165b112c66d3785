//! A table that says what is in its columns; figures stand below each other.

import { element } from "../element.js";

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  figures: readonly number[],
): HTMLElement {
  const cell = (name: "td" | "th", words: string, column: number) => {
    const made = element(name, figures.includes(column) ? "figure" : "", words);
    if (name === "th") made.setAttribute("scope", "col");
    // Where columns do not fit they become lines, which say by themselves what they are.
    else made.dataset.head = heads[column] ?? "";
    return made;
  };
  const head = element("tr", "", ...heads.map((words, column) => cell("th", words, column)));
  const body = rows.map((row) => element("tr", "", ...row.map((words, column) => cell("td", words, column))));
  return element(
    "table",
    "",
    element("caption", "hidden", caption),
    element("thead", "", head),
    element("tbody", "", ...body),
  );
}
