//! Edits while goroutines sleep, wait, and stand in the middle of the functions that are edited.

import { expect } from "vitest";
import type { Case } from "./case.js";
import type { HotProgram } from "./program.js";

export const goroutineCases: readonly Case[] = [
  suspended("a goroutine that is suspended in the function ends in the old code", "slow", {
    edits: [
      ["goroutines.go", '"begun in one"', '"begun in two, by far"'],
      ["goroutines.go", '", ended in one"', '", ended in two"'],
    ],
    functions: ["main.slow"],
    old: "begun in one, ended in one",
    fresh: "begun in two, by far, ended in two",
  }),
  suspended("callers that are suspended in recursion end in the old code", "nested", {
    edits: [["goroutines.go", '" one"', '" two and more"']],
    functions: ["main.outer"],
    old: "nested: deep one one one",
    fresh: "nested: deep two and more two and more two and more",
  }),
  suspended("a function under another signature, of which only what is pointed to is another", "carry", {
    edits: [
      ["goroutines.go", 'fruit := &apple{color: "red"}', "fruit := &pear{grams: 150, age: 3}"],
      [
        "goroutines.go",
        'func carried(fruit *apple) string {\n\treturn "a " + fruit.color + " apple"',
        'func carried(fruit *pear) string {\n\treturn "a pear of " + digits(fruit.grams)',
      ],
    ],
    functions: ["main.carried", "main.carry"],
    notes: [/calls of main\.carried that are under way end in the old code/],
    old: "a red apple",
    fresh: "a pear of 150",
  }),
  suspended("a deferred closure is called in its new code", "deferring", {
    edits: [["goroutines.go", '"deferred in one"', '"deferred in two, later"']],
    functions: ["main.deferring$1"],
    old: "deferred in two, later",
    fresh: "deferred in two, later",
  }),
  suspended("a goroutine that waits in select", "selecting", {
    edits: [["goroutines.go", '"selected in one"', '"selected in number two"']],
    functions: ["main.selecting"],
    old: "selected in one",
    fresh: "selected in number two",
  }),
  suspended("a goroutine with another signature", "slow", {
    edits: [
      ["goroutines.go", "go slow()", 'go slow("by hand")'],
      [
        "goroutines.go",
        'func slow() {\n\tbegun := "begun in one"',
        'func slow(how string) {\n\tbegun := "begun " + how',
      ],
    ],
    functions: ["main.begin", "main.slow"],
    notes: [/calls of main\.slow/],
    old: "begun in one, ended in one",
    fresh: "begun by hand, ended in one",
  }),
  {
    name: "a function that a sleeping goroutine calls",
    edits: [["goroutines.go", "ledger.Ticks++", "ledger.Ticks += 1000"]],
    functions: ["main.step"],
    after: async (program) => {
      const { ticks } = await program.state();
      const far = async () => Number((await program.state()).ticks) > Number(ticks) + 3000 || undefined;
      await program.eventually("ticks are thousands", far, 5_000);
    },
  },
  {
    name: "a loop that never ends goes on as it is",
    edits: [
      [
        "goroutines.go",
        "\t\tstep()\n\t\ttime.Sleep(4 * time.Millisecond)",
        "\t\tstep()\n\t\tstep()\n\t\ttime.Sleep(5 * time.Millisecond)",
      ],
    ],
    functions: ["main.tick"],
  },
  {
    name: "a goroutine that waits at a channel calls new code",
    edits: [
      ["goroutines.go", "func done(job int) {\n", 'func done(job int) {\n\tnote("done " + digits(job))\n'],
    ],
    functions: ["main.done"],
    before: async (program) => void (await program.act("journal", "empty")),
    after: async (program) => expect(await program.journal(1)).toBe(`done ${program.bumps}`),
    last: async (program) => expect(await program.journal(1)).toBe(`done ${program.bumps - 1}`),
  },
  {
    name: "a goroutine that is started after the patch",
    edits: [
      [
        "goroutines.go",
        '\tcase "slow":',
        '\tcase "later":\n\t\tgo func(end int) {\n\t\t\tfor i := 0; i < end; i++ {\n\t\t\t\ttime.Sleep(time.Millisecond)\n\t\t\t\tline <- digits(i)\n\t\t\t}\n\t\t\tclose(line)\n\t\t}(3)\n\t\tgo reading()\n\tcase "slow":',
      ],
      [
        "goroutines.go",
        "func tick() {",
        'var line = make(chan string)\n\nfunc reading() {\n\ttext := ""\n\tfor word := range line {\n\t\ttext += word\n\t}\n\tselect {\n\tcase <-line:\n\t\tnote("read " + text)\n\tcase <-time.After(time.Hour):\n\t}\n}\n\nfunc tick() {',
      ],
    ],
    functions: ["main.begin", "main.begin$1", "main.reading"],
    before: async (program) => void (await program.act("journal", "empty")),
    after: async (program) => {
      await program.act("begin", "later");
      expect(await program.journal(1)).toBe("read 012");
    },
    back: { functions: ["main.begin"] },
  },
  {
    name: "what the standard library calls back begins to wait",
    edits: [
      [
        "goroutines.go",
        "less(a, b int) bool { return a < b }",
        "less(a, b int) bool {\n\ttime.Sleep(time.Millisecond)\n\treturn a > b\n}",
      ],
      [
        "goroutines.go",
        "shifted(letter rune) rune { return letter + 1 }",
        "shifted(letter rune) rune {\n\ttime.Sleep(time.Millisecond)\n\treturn letter + 2\n}",
      ],
      [
        "goroutines.go",
        'String() string { return "probe "',
        'String() string {\n\ttime.Sleep(time.Millisecond)\n\treturn "probed "',
      ],
    ],
    functions: ["(main.probe).String", "main.less", "main.shifted"],
    before: (program) => called(program, "[1 2 3]!bcd!probe 1"),
    after: (program) => called(program, '[3 2 1]"cde"probed 1'),
    last: (program) => called(program, "[1 2 3]!bcd!probe 1"),
  },
  {
    name: "a function that is called in the middle begins to collect garbage",
    edits: [
      ["report.go", '\t"fmt"\n', '\t"fmt"\n\t"runtime"\n'],
      [
        "report.go",
        "\tvisited++\n",
        "\tscrub(3)\n\truntime.GC()\n\tvar waste []*node\n\tfor i := 0; i < 20000; i++ {\n\t\tone := &node{value: 666}\n\t\tif i%3 == 0 {\n\t\t\twaste = append(waste, one)\n\t\t}\n\t}\n\tvisited += len(waste)\n",
      ],
      [
        "report.go",
        "func quiet()",
        "func scrub(depth int) int {\n\tvar buffer [600]int\n\tfor i := range buffer {\n\t\tbuffer[i] = i + depth\n\t}\n\tif depth > 0 {\n\t\treturn scrub(depth-1) + buffer[depth*7]\n\t}\n\treturn buffer[visited%600]\n}\n\nfunc quiet()",
      ],
    ],
    functions: ["main.quiet", "main.scrub"],
    back: { functions: ["main.quiet"] },
  },
];

type Suspended = Pick<Case, "edits" | "functions" | "notes"> & {
  readonly old: string;
  readonly fresh: string;
};

/** One goroutine stands at the gate during the edit, one starts after it, and the same the other way round. */
function suspended(name: string, kind: string, { old, fresh, ...rest }: Suspended): Case {
  const both = async (program: HotProgram, lines: readonly string[]) => {
    await program.act("begin", kind);
    await program.act("open");
    // Who stands at a gate is woken in no certain order.
    expect((await program.journal(2)).split("; ").sort()).toEqual([...lines].sort());
  };
  const begin = async (program: HotProgram) => {
    await program.act("journal", "empty");
    await program.act("begin", kind);
  };
  const deferred = old === fresh;
  return {
    name,
    ...rest,
    before: begin,
    after: async (program) => {
      await both(program, [old, fresh]);
      await begin(program);
    },
    last: (program) => (deferred ? both(program, backwards(old)) : both(program, [fresh, old])),
  };
}

/** The closures of both goroutines have the old code again. */
function backwards(fresh: string): readonly string[] {
  const old = fresh.replace(/two.*/, "one");
  return [old, old];
}

async function called(program: HotProgram, line: string): Promise<void> {
  await program.act("journal", "empty");
  await program.act("begin", "called");
  expect(await program.journal(1)).toBe(line);
}
