//! One save: what it meant, why it came to what it did, and each of its stages.

import { element } from "../element.js";
import { type Actions, Changes, type Model, type View } from "./model.js";
import { pane } from "./pane.js";
import { type Answer, type Detail, type Save, waterfallOf } from "./save-store.js";
import { type Bar, lengthOf, marksOf } from "./waterfall.js";
import { bytes, clock, count, levelOf, milliseconds, outcome, short } from "./words.js";

export class SaveView implements View {
  readonly element = pane("save");
  readonly #model: Model;
  readonly #actions: Actions;
  readonly #changes = new Changes();

  constructor(model: Model, actions: Actions) {
    this.#model = model;
    this.#actions = actions;
  }

  draw(): void {
    const { saves, selected } = this.#model;
    const save = selected === undefined ? saves.newest(0) : saves.find(selected);
    if (!this.#changes.are(save, save?.version, selected)) return;
    this.element.replaceChildren(
      ...(save ? this.#content(save) : [element("p", "empty", "Nothing is selected.")]),
    );
  }

  #content(save: Save): HTMLElement[] {
    const { detail } = save;
    const head = element(
      "header",
      "save-head",
      element("h2", "", `Revision ${save.revision}`),
      element("span", `verdict ${save.standing}`, outcome(save)),
      element("span", "time", save.ms > 0 ? milliseconds(save.ms) : ""),
    );
    if (this.#model.selected !== undefined) {
      const follow = element("button", "follow", "Follow newest");
      follow.onclick = () => this.#actions.select(undefined);
      head.append(follow);
    }
    if (!detail) return [head, element("p", "empty", "Only the newest saves are kept in full.")];
    const answer = detail.answers[0];
    return [
      head,
      this.#reasons(save, detail, answer),
      ...stages(waterfallOf(detail, answer)),
      ...functions(detail),
      ...answers(detail, save.answers),
    ];
  }

  #reasons(save: Save, detail: Detail, answer: Answer | undefined): HTMLElement {
    const facts: [string, string | undefined][] = [
      ["Files", detail.files.join(", ") || undefined],
      ["Seen at", save.at === undefined ? undefined : clock(save.at)],
      ["Verdict", [save.verdict, detail.reason].filter(Boolean).join(" – ") || undefined],
      ["Update", answer && [levelOf(answer.level), answer.reason].filter(Boolean).join(" – ")],
      ["Compiler", detail.compilerMs > 0 ? compiler(detail) : undefined],
      ["Module", detail.module && `${short(detail.module)}, ${bytes(detail.size)}`],
      ["Patch", detail.patchBytes > 0 ? bytes(detail.patchBytes) : undefined],
      ...detail.refusals.map((words): [string, string] => ["Not patched", words]),
      ...detail.notes.map((words): [string, string] => ["Stays", words]),
      ...detail.errors.map((words): [string, string] => ["Error", words]),
      ...detail.failures.map(({ session, stage, message }): [string, string] => [
        "Not applied",
        `client ${session}, ${stage}: ${message}`,
      ]),
    ];
    const list = element("dl", "facts");
    for (const [name, words] of facts)
      if (words) list.append(element("dt", "", name), element("dd", "", words));
    return list;
  }
}

function compiler({ compilerMs, fromCache }: Detail): string {
  return fromCache ? "kept from an earlier build" : milliseconds(compilerMs);
}

function stages(bars: readonly Bar[]): HTMLElement[] {
  const length = lengthOf(bars);
  if (length <= 0) return [];
  const table = element("div", "stages");
  const place = (ms: number) => `${(ms / length) * 100}%`;
  const scale = element("span", "bars");
  for (const ms of marksOf(length)) {
    const mark = element("span", "tick", milliseconds(ms));
    mark.style.left = place(ms);
    // At the end of the line there is no room behind it.
    if (ms / length > 0.85) mark.classList.add("last");
    scale.append(mark);
  }
  scale.setAttribute("aria-hidden", "true");
  table.append(
    element("div", "stage head", element("span", "name", "stage"), scale, element("span", "time", "took")),
  );
  for (const { phase, words, from, ms } of bars) {
    const bar = element("i", phase);
    bar.style.left = place(from);
    bar.style.width = place(ms);
    const line = element("span", "bars", bar);
    line.setAttribute("aria-hidden", "true");
    table.append(
      element(
        "div",
        "stage",
        element("span", "name", words),
        line,
        element("span", "time", milliseconds(ms)),
      ),
    );
  }
  return [table];
}

function functions({ functions }: Detail): HTMLElement[] {
  if (functions.length === 0) return [];
  const list = element("ul", "symbols", ...functions.map((name) => element("li", "", name)));
  return [element("h3", "", count(functions.length, "function"), " replaced"), list];
}

function answers(detail: Detail, total: number): HTMLElement[] {
  if (detail.answers.length < 2) return [];
  const rows = detail.answers.map(({ session, level, ms }) =>
    element(
      "tr",
      "",
      element("td", "", `client ${session}`),
      element("td", "", levelOf(level)),
      element("td", "figure", ms > 0 ? milliseconds(ms) : "–"),
    ),
  );
  const more = total - detail.answers.length;
  const table = element("table", "", element("tbody", "", ...rows));
  return [
    element("h3", "", `${count(total, "page")} answered`),
    table,
    ...(more > 0 ? [element("p", "empty", `and ${more} more`)] : []),
  ];
}
