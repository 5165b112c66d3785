//! Edits that no patch can bring to a running program: why, and how the next instance takes over.

import { expect } from "vitest";
import type { Edit, HotProgram, Outcome, Rows } from "./program.js";

export type Refusal = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Lines of the report that say something else afterwards. */
  readonly report?: Rows;
  /** Everything that is said of why functions cannot be replaced. */
  readonly refusals: readonly string[];
  /** Level of the edit back: 3 unless that one can be patched. */
  readonly back?: 2;
};

/** More than is set aside for what patches bring. */
const long = "long ".repeat(60_000);

export const refusals: readonly Refusal[] = [
  {
    name: "the layout of a struct",
    edits: [
      ["values.go", "type scale struct{ factor int }", "type scale struct{ offset, factor int }"],
      ["values.go", "return s.factor * n", "return s.factor*n + s.offset"],
      ["values.go", "(&scale{factor: 4})", "(&scale{factor: 4, offset: 7})"],
    ],
    report: { bound: "27" },
    refusals: ["the layout of type main.scale changed"],
  },
  {
    name: "the type of a field, while its name and size stay",
    edits: [
      ["goroutines.go", "type apple struct{ color string }", "type apple struct{ color []byte }"],
      ["goroutines.go", '&apple{color: "red"}', '&apple{color: []byte("red")}'],
      ["goroutines.go", "fruit.color", "string(fruit.color)"],
    ],
    refusals: ["the layout of type main.apple changed"],
  },
  {
    name: "the key of a map",
    edits: [
      ["values.go", 'map[point]string{{1, 2}: "here"}', 'map[[2]int]string{{1, 2}: "there"}'],
      ["report.go", "grid[point{1, 2}]", "grid[[2]int{1, 2}]"],
    ],
    report: { grid: "there" },
    refusals: ["variable main.grid changed its type from map[main.point]string to map[[2]int]string"],
  },
  {
    name: "the value of a map",
    edits: [
      ["values.go", 'map[point]string{{1, 2}: "here"}', 'map[point][]string{{1, 2}: {"a", "list"}}'],
      ["report.go", "grid[point{1, 2}]", 'strings.Join(grid[point{1, 2}], " ")'],
    ],
    report: { grid: "a list" },
    refusals: ["variable main.grid changed its type from map[main.point]string to map[main.point][]string"],
  },
  {
    name: "the type of a variable",
    edits: [
      ["values.go", "var limit = 100", "var limit = 250.75"],
      ["report.go", "digits(limit)", "fmt.Sprint(limit)"],
    ],
    report: { limit: "250.75" },
    refusals: ["variable main.limit changed its type from int to float64"],
  },
  {
    name: "an interface",
    edits: [
      [
        "values.go",
        "type speaker interface{ Speak() string }",
        "type speaker interface{ Speak() string; Times() int }",
      ],
      [
        "values.go",
        "type scale struct",
        "func (l *loud) Times() int { return l.times }\n\ntype scale struct",
      ],
      ["report.go", "return animal.Speak()", 'return strings.Repeat(animal.Speak()+" ", animal.Times())'],
    ],
    report: { loud: "Rex says woof Rex says woof " },
    refusals: ["interface main.speaker changed"],
  },
  {
    name: "main itself",
    edits: [["main.go", '"data-hot", "ready"', '"data-hot", "ready once more"']],
    refusals: ["main itself changed, which runs only at the start"],
  },
  {
    name: "several reasons at once",
    edits: [
      ["values.go", "var limit = 100", "var limit = 250.75"],
      ["report.go", "digits(limit)", "fmt.Sprint(limit)"],
      ["main.go", '"data-hot", "ready"', '"data-hot", "ready once more"'],
    ],
    report: { limit: "250.75" },
    refusals: [
      "main itself changed, which runs only at the start",
      "variable main.limit changed its type from int to float64",
    ],
  },
  {
    name: "a text for which there is no room",
    edits: [["report.go", 'return "-"', `return digits(len(words.Greet("${long}")))`]],
    report: { extra: String("Hello, ".length + long.length) },
    refusals: ["the memory set aside for patches is full"],
    back: 2,
  },
];

/** Plays one: the edit, a patch on what came of it, and both back. */
export async function refuse(program: HotProgram, one: Refusal): Promise<void> {
  const report = await program.report();
  let instance = await counts(program);
  const files = [...new Set([...one.edits.map(([file]) => file), "report.go"])];
  const texts = new Map(files.map((file) => [file, program.project.read(file)]));

  const there = await program.save(one.edits);
  isSwap(there, one.refusals);
  expect.soft(await program.report(), "the report after the edit").toEqual({ ...report, ...one.report });
  instance = await counts(program, { not: instance });

  const patched = await program.save([["report.go", 'const caption = "hot"', 'const caption = "patched"']]);
  expect.soft(patched, "a patch afterwards").toMatchObject({ level: 2, functions: ["main.report"] });
  const caption = { caption: "patched" };
  expect.soft(await program.report(), "the report then").toEqual({ ...report, ...one.report, ...caption });
  await counts(program, { is: instance });

  const back = await program.write(texts);
  if (one.back === undefined) expect.soft(back.level, "the level of the edit back").toBe(3);
  else expect.soft(back, "the edit back").toMatchObject({ level: one.back, refusals: [] });
  expect.soft(await program.report(), "the report in the end").toEqual(report);
  await counts(program, one.back === undefined ? { not: instance } : { is: instance });
  expect.soft(program.tab.errors, "errors of the page").toEqual([]);
  expect.soft(program.server.log.all("apply_failed"), "what could not be applied").toEqual([]);
}

/** It was a whole module for these reasons, of which the page says the first. */
function isSwap({ level, refusals: said, reason }: Outcome, reasons: readonly string[]): void {
  expect.soft(level, "the level of the edit").toBe(3);
  expect.soft([...said].sort(), "why it is no patch").toEqual(reasons);
  expect.soft(reason, "what the page says").toContain(said[0] ?? "nothing");
  if (said.length > 1) expect.soft(reason, "what the page says").toContain(`and ${said.length - 1} more`);
}

/** Counts, checks that what is handed over was not forgotten, and whether the instance is the wanted one. */
export async function counts(
  program: HotProgram,
  wanted: { readonly is?: string; readonly not?: string } = {},
): Promise<string> {
  const before = Number((await program.state()).pokes);
  await program.bump();
  await program.tab.evaluate("void document.dispatchEvent(new Event('poke'))");
  const { bumps } = program;
  const { instance = "", ...state } = await program.state();
  expect.soft(state, "the state").toMatchObject({
    pokes: `${before + 1}`,
    bumps: `${bumps}`,
    visits: `${2 * bumps}`,
    entries: `${bumps}`,
    texts: `${bumps}`,
  });
  expect.soft(before, "pokes, one for each time that was counted").toBe(bumps - 1);
  if (wanted.is !== undefined) expect.soft(instance, "the instance").toBe(wanted.is);
  if (wanted.not !== undefined) expect.soft(instance, "the instance").not.toBe(wanted.not);
  return instance;
}
