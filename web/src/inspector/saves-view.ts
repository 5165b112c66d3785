//! The list of saves, newest first, each a row with what it came to and where its time went.

import { element } from "../element.js";
import { type Actions, Changes, type Model, type View } from "./model.js";
import type { Save } from "./save-store.js";
import { VirtualList } from "./virtual-list.js";
import { piecesOf, placeOf } from "./waterfall.js";
import { clock, milliseconds, outcome } from "./words.js";

export const rowHeight = 44;

/** Marks of the axis that all rows have. */
const marks = [
  [20, "20 ms"],
  [100, "100 ms"],
  [1000, "1 s"],
] as const;

export class SavesView implements View {
  readonly element: HTMLElement;
  readonly list: VirtualList;
  readonly #model: Model;
  readonly #changes = new Changes();
  readonly #empty = element("p", "empty", "No save yet. Change a file of the program.");
  #count = 0;
  #dropped = 0;

  constructor(model: Model, actions: Actions) {
    this.#model = model;
    this.list = new VirtualList({
      name: "Saves",
      role: "listbox",
      rowHeight,
      make: () => element("div", "save"),
      fill: (row, place) => this.#fill(row, place),
      // The newest one stays the newest.
      onActive: (place) => actions.select(place === 0 ? undefined : model.saves.newest(place)?.id),
    });
    this.element = element("section", "saves", axis(), this.list.element, this.#empty);
    this.element.setAttribute("aria-label", "Saves");
  }

  draw(): void {
    const { saves, selected } = this.#model;
    if (!this.#changes.are(saves.version, selected)) return;
    // Those that were forgotten went at the other end.
    const added = saves.count + saves.dropped - this.#count - this.#dropped;
    [this.#count, this.#dropped] = [saves.count, saves.dropped];
    this.#empty.hidden = saves.count > 0;
    const active = selected === undefined ? 0 : saves.placeOf(selected);
    this.list.update(saves.count, saves.count > 0 ? active : undefined, added);
  }

  close(): void {
    this.list.close();
  }

  readonly #shown = new WeakMap<HTMLElement, string>();

  #fill(row: HTMLElement, place: number): void {
    const save = this.#model.saves.newest(place);
    if (!save) return;
    const key = `${save.id} ${save.version}`;
    if (this.#shown.get(row) === key) return;
    this.#shown.set(row, key);
    row.dataset.standing = save.standing;
    row.dataset.revision = String(save.revision);
    const parts = [
      element("span", "revision", String(save.revision)),
      element("span", "title", save.title || "start"),
      element("span", "when", save.at === undefined ? "" : clock(save.at)),
      element("span", "outcome", outcome(save)),
      bars(save),
      element("span", "time", save.ms > 0 ? milliseconds(save.ms) : "–"),
    ];
    // What a screen reader says of a row is its text: the words in it stand apart.
    row.replaceChildren(...parts.flatMap((part) => [part, " "]));
  }
}

function bars(save: Save): HTMLElement {
  const line = element("span", "bars");
  line.setAttribute("aria-hidden", "true");
  for (const { phase, from, ms } of save.phases ? piecesOf(save.phases) : []) {
    const bar = element("i", phase);
    const [left, right] = [placeOf(from), placeOf(from + ms)];
    bar.style.left = `${left * 100}%`;
    bar.style.width = `${(right - left) * 100}%`;
    line.append(bar);
  }
  return line;
}

function axis(): HTMLElement {
  const scale = element("span", "bars");
  for (const [ms, words] of marks) {
    const mark = element("span", "tick", words);
    mark.style.left = `${placeOf(ms) * 100}%`;
    scale.append(mark);
  }
  const head = element(
    "div",
    "save head",
    element("span", "revision", "rev"),
    element("span", "title", "save"),
    element("span", "when", ""),
    element("span", "outcome", "came to"),
    scale,
    element("span", "time", "to screen"),
  );
  head.setAttribute("aria-hidden", "true");
  return head;
}
