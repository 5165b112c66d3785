//! The flags that are in force, and what they are for this client.

import { element } from "../element.js";
import { Changes, type Model, type View } from "./model.js";
import { pane } from "./pane.js";
import { table } from "./table.js";

export class FlagsView implements View {
  readonly element = pane("flags");
  readonly #model: Model;
  readonly #changes = new Changes();

  constructor(model: Model) {
    this.#model = model;
  }

  draw(): void {
    const { flags, rules } = this.#model;
    if (!this.#changes.are(flags, rules)) return;
    const declared = new Map(rules.map((flag) => [flag.name, flag]));
    const names = [...new Set([...Object.keys(flags), ...declared.keys()])].sort();
    if (names.length === 0) {
      this.element.replaceChildren(element("p", "empty", "No flag is known."));
      return;
    }
    const rows = names.map((name) => {
      const flag = declared.get(name);
      const value = flags[name];
      return [
        name,
        value === undefined ? valueWords(flag?.fallback ?? "–") : valueWords(JSON.stringify(value)),
        valueWords(flag?.fallback ?? "–"),
        flag?.killed ? "killed" : (flag?.rules.join("; ") ?? "") || "–",
      ];
    });
    this.element.replaceChildren(table("Flags", ["flag", "here", "default", "rules"], rows, []));
  }
}

/** The largest number that a flag can be is no limit to anything. */
function valueWords(json: string): string {
  return json === String(Number.MAX_SAFE_INTEGER) ? "no limit" : json;
}
