//! Random edits of the fixture `hot`, and a model of what the program has to say after them.

import type { Rows } from "./program.js";

/** Numbers that are the same for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `end` - 1. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("there is nothing to choose from");
    return item;
  }

  /** A few words, now and then a long text. */
  words(): string {
    const count = this.below(12) === 0 ? 60 + this.below(60) : 1 + this.below(4);
    const some = ["red", "green", "blue", "early", "late", "up", "down", "here", "there", "twelve"];
    return Array.from({ length: count }, () => this.pick(some)).join(" ");
  }
}

/** The seed of this run: `E2E_SEED=7` plays a certain one once more. */
export const seed = Number(process.env.E2E_SEED || Date.now() % 1_000_000_000);

/** Everything that edits turn. */
export type Settings = {
  readonly caption: string;
  readonly size: number;
  readonly label: string;
  readonly bonus: number;
  readonly divisor: number;
  readonly largest: "<" | ">";
  readonly area: number;
  readonly circle: number;
  readonly square: string;
  readonly greeting: string;
  readonly speech: string;
  readonly bound: number;
  readonly plus: number;
  readonly click: string;
  readonly clickStep: number;
  readonly before: "<" | ">";
  readonly stringer: string;
  readonly deferred: string;
  readonly tick: number;
  readonly slow: string;
  readonly ending: string;
  readonly extra: Extra;
  /** Package variables that are there, each of another name. */
  readonly tickets: number;
};

/** What a function returns that says something quite different now and then. */
type Extra = {
  readonly kind: "text" | "unused" | "upper" | "instance" | "closure" | "type" | "file" | "ring" | "ticket";
  readonly n: number;
};

export const initial: Settings = {
  caption: "hot",
  size: 3,
  label: "label-",
  bonus: 10,
  divisor: 2,
  largest: ">",
  area: 1,
  circle: 3,
  square: "square",
  greeting: "Hello, ",
  speech: " says woof",
  bound: 0,
  plus: 1,
  click: "clicked ",
  clickStep: 1,
  before: "<",
  stringer: "",
  deferred: "!",
  tick: 1,
  slow: "begun in one",
  ending: ", ended in one",
  extra: { kind: "text", n: 0 },
  tickets: 0,
};

type Turn = (random: Random, now: Settings) => Partial<Settings>;

const text = (name: keyof Settings, before = "", after = ""): Turn => {
  return (random) => ({ [name]: before + random.words() + after });
};
const number = (name: keyof Settings, end: number): Turn => {
  return (random) => ({ [name]: 1 + random.below(end) });
};
const other = (sign: "<" | ">") => (sign === "<" ? ">" : "<");

const turns: readonly Turn[] = [
  text("caption"),
  number("size", 1000),
  text("label"),
  number("bonus", 100_000),
  (random) => ({ divisor: 2 + random.below(6) }),
  (_, { largest }) => ({ largest: other(largest) }),
  number("area", 50),
  number("circle", 500),
  text("square"),
  text("greeting", "", ", "),
  text("speech", " "),
  number("bound", 1000),
  number("plus", 1000),
  text("click", "", " "),
  number("clickStep", 9),
  (_, { before }) => ({ before: other(before) }),
  (random, { stringer }) => ({ stringer: stringer === "" ? random.words() : "" }),
  text("deferred"),
  number("tick", 99),
  text("slow"),
  text("ending", ", "),
  (random) => ({
    extra: {
      kind: random.pick(["text", "unused", "upper", "instance", "closure", "type", "file", "ring"]),
      n: random.below(1000),
    },
  }),
  (_, { tickets }) => ({ tickets: tickets + 1, extra: { kind: "ticket", n: tickets + 1 } }),
];

/** Other settings: one thing, often two, now and then many. */
export function turned(random: Random, now: Settings): Settings {
  let next = now;
  const count = random.pick([1, 1, 1, 2, 2, 3, 6]);
  while (next === now || JSON.stringify(next) === JSON.stringify(now)) {
    for (let turn = 0; turn < count; turn += 1) next = { ...next, ...random.pick(turns)(random, next) };
  }
  return next;
}

const quoted = JSON.stringify;

const extras: Record<Extra["kind"], (n: number) => readonly [code: string, value: string]> = {
  text: (n) => [`return ${n === 0 ? '"-"' : quoted(`text ${n}`)}`, n === 0 ? "-" : `text ${n}`],
  unused: (n) => [`return words.Unused(digits(${n}))`, `<${n}>`],
  upper: (n) => [`return strings.ToUpper(strings.Repeat("ab", 3)) + digits(${n})`, `ABABAB${n}`],
  instance: (n) => [`return fmt.Sprint(words.Largest(${n}.5))`, `${n}.5`],
  closure: (n) => [`add := func(m int) string { return digits(m + ${n}) }\n\treturn add(1)`, `${n + 1}`],
  type: (n) => [
    `type pair${n} struct{ a, b int }\n\tvar value any = pair${n}{1, ${n}}\n\treturn fmt.Sprintf("%+v", value)`,
    `{a:1 b:${n}}`,
  ],
  file: (n) => [`return fresh(${n})`, `from a file ${n}`],
  ring: (n) => [`return digits(ring.New(${(n % 9) + 1}).Len())`, `${(n % 9) + 1}`],
  // What it says is not to be known from the settings of now.
  ticket: (n) => [`return digits(ticket${n})`, ""],
};

/** Pieces of the fixture, and what stands in their places. */
function pieces(now: Settings): readonly (readonly [file: string, from: string, to: string])[] {
  const ring = now.extra.kind === "ring" ? '\t"container/ring"\n\t"fmt"\n' : '\t"fmt"\n';
  const method = `func (p point) String() string { return ${quoted(now.stringer)} + digits(p.x) }\n\ntype weight int`;
  return [
    ["report.go", 'caption = "hot"', `caption = ${quoted(now.caption)}`],
    ["report.go", "size = 3", `size = ${now.size}`],
    ["report.go", '"label-"', quoted(now.label)],
    ["report.go", "return x + 10", `return x + ${now.bonus}`],
    ["report.go", "i%2 == 0", `i%${now.divisor} == 0`],
    ["report.go", "return a < b", `return a ${now.before} b`],
    ["report.go", 'result += "!"', `result += ${quoted(now.deferred)}`],
    ["report.go", 'return "-"', extras[now.extra.kind](now.extra.n)[0]],
    ["report.go", '\t"fmt"\n', ring],
    ["words/words.go", "value > best", `value ${now.largest} best`],
    ["words/words.go", '"Hello, "', quoted(now.greeting)],
    ["shapes/shapes.go", "return width * height", `return ${now.area} * width * height`],
    ["shapes/shapes.go", "return 3 * c.Radius", `return ${now.circle} * c.Radius`],
    ["shapes/shapes.go", '"square"', quoted(now.square)],
    ["values.go", '" says woof"', quoted(now.speech)],
    ["values.go", "s.factor * n", `s.factor*n + ${now.bound}`],
    ["values.go", "n + step", `n + ${now.plus}*step`],
    ["values.go", "type weight int", now.stringer === "" ? "type weight int" : method],
    ["main.go", '"clicked "', quoted(now.click)],
    ["main.go", "clicks++", `clicks += ${now.clickStep}`],
    ["goroutines.go", "ledger.Ticks++", `ledger.Ticks += ${now.tick}`],
    ["goroutines.go", '"begun in one"', quoted(now.slow)],
    ["goroutines.go", '", ended in one"', quoted(now.ending)],
  ];
}

/** Files as the settings want them; one without a text is not there. */
export function sources(
  original: (file: string) => string,
  now: Settings,
): ReadonlyMap<string, string | undefined> {
  const texts = new Map<string, string | undefined>();
  for (const [file, from, to] of pieces(now)) {
    const before = texts.get(file) ?? original(file);
    if (!before.includes(from)) throw new Error(`${file} does not contain ${quoted(from)}`);
    texts.set(
      file,
      before.replace(from, () => to),
    );
  }
  const tickets = Array.from({ length: now.tickets }, (_, at) => `\nvar ticket${at + 1} = issued("${at}")\n`);
  const issued = "\nfunc issued(to string) int {\n\treturn len(words.Greet(to))\n}\n";
  const head = 'package main\n\nimport "hot/words"\n';
  texts.set("tickets.go", now.tickets > 0 ? head + tickets.join("") + issued : undefined);
  const fresh = 'package main\n\nfunc fresh(n int) string {\n\treturn "from a file " + digits(n)\n}\n';
  texts.set("fresh.go", now.extra.kind === "file" ? fresh : undefined);
  return texts;
}

/** What the report says then. `issued` are the values that variables were given when they came. */
export function expected(base: Rows, now: Settings, issued: ReadonlyMap<number, string>): Rows {
  const square = now.area * 9;
  const circle = now.circle * 4;
  const numbers = Array.from({ length: 10 }, (_, i) => i).filter((i) => i % now.divisor === 0);
  const stringer = now.stringer !== "";
  const { kind, n } = now.extra;
  return {
    ...base,
    caption: now.caption,
    size: `${now.size}`,
    label: `${now.label}7`,
    bonus: `${now.bonus + 1}`,
    sum: `${numbers.reduce((sum, i) => sum + i, 0)}`,
    shapes: `${now.square}:${square} circle:${circle}`,
    printed: `{2} ${stringer ? `${now.stringer}3` : "{3 4}"} 5kg`,
    largest: now.largest === ">" ? "9" : "3",
    widest: `${now.largest === ">" ? Math.max(square, circle) : 0}`,
    guarded: `guarded3210${now.deferred}`,
    described: `int1 string a shape ${now.square} ${stringer ? "stringer" : "other"} other`,
    bound: `${20 + now.bound}`,
    plus: `${8 + now.plus}`,
    loud: `Rex${now.speech}`,
    sorted: now.before === "<" ? "[1 2 3]" : "[3 2 1]",
    area: `${now.area * 12}`,
    greeting: `${now.greeting}Ada`,
    extra: kind === "ticket" ? (issued.get(n) ?? "") : extras[kind](n)[1],
  };
}
