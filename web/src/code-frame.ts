//! Lines of source around a place, with the place marked, and what can be done about it.

import { element } from "./element.js";
import type { CodeFrame, Place } from "./messages.js";

/** How they look; `--tone` and `--wash` are those of what is wrong. */
export const frameStyle = `pre {
  margin: 12px 0 0; padding: 8px 0; font: 12.5px/1.65 var(--mono); tab-size: 4;
  background: var(--raised); border-radius: 8px; overflow-x: auto;
}
.rows { display: inline-block; min-width: 100%; }
.row { display: flex; padding-right: 16px; white-space: pre; }
.row.here { background: var(--wash); box-shadow: inset 2px 0 0 var(--tone); }
.number { flex: none; width: 56px; padding-right: 16px; text-align: right; color: var(--soft); user-select: none; }
.here .number { color: var(--tone); }
mark {
  background: none; color: inherit; text-decoration: underline wavy var(--tone) 1px; text-underline-offset: 4px;
}
.hint { margin: 12px 0 0; padding-left: 12px; border-left: 2px solid var(--line); color: var(--soft); white-space: pre-wrap; }
.hint b { color: var(--ink); font-weight: 600; }
`;

export function hint(text: string): HTMLElement | undefined {
  return text ? element("p", "hint", element("b", "", "Hint "), text) : undefined;
}

export function codeFrame(frame: CodeFrame, place: Place | undefined): HTMLElement {
  const rows = frame.lines.map((line, index) => {
    const number = frame.firstLine + index;
    const here = number === place?.line;
    return element(
      "div",
      here ? "row here" : "row",
      element("span", "number", String(number)),
      element("span", "code", ...(here ? marked(line, place.column) : [line])),
    );
  });
  const made = element("pre", "", element("span", "rows", ...rows));
  // Long lines are scrolled to, by keys as well.
  made.tabIndex = 0;
  return made;
}

/** The line with the word at `column` marked; compilers count columns in bytes. */
export function splitAtColumn(line: string, column: number): readonly [string, string, string] {
  if (column < 1) return [line, "", ""];
  const before = new TextDecoder().decode(new TextEncoder().encode(line).subarray(0, column - 1));
  const rest = line.slice(before.length);
  const word = /^\s*(?:[\p{L}\p{N}_]+|"[^"]*"|\S)/u.exec(rest)?.[0] ?? "";
  return [before, word, rest.slice(word.length)];
}

function marked(line: string, column: number): (string | Node)[] {
  const [before, word, after] = splitAtColumn(line, column);
  return [before, element("mark", "", word), after];
}
