//! Edits of functions: what they say, what they do, which there are.

import type { Case } from "./case.js";

export const functionCases: readonly Case[] = [
  {
    name: "a constant, a longer text",
    edits: [["report.go", 'const caption = "hot"', 'const caption = "hotter than it was before"']],
    report: { caption: "hotter than it was before" },
    functions: ["main.report"],
  },
  {
    name: "a constant, a shorter text",
    edits: [["report.go", 'const caption = "hot"', 'const caption = ""']],
    report: { caption: "" },
    functions: ["main.report"],
  },
  {
    name: "a constant that several functions use",
    edits: [["report.go", "const size = 3", "const size = 42"]],
    report: { size: "42" },
    functions: ["main.report", "main.scaled"],
    before: async (program) => program.expect("hot.scale(2)", 6),
    after: async (program) => program.expect("hot.scale(2)", 84),
    last: async (program) => program.expect("hot.scale(2)", 6),
  },
  {
    name: "a longer text in a function",
    edits: [["report.go", '"label-"', '"a much longer label than before-"']],
    report: { label: "a much longer label than before-7" },
    functions: ["main.label"],
  },
  {
    name: "a shorter text in a function",
    edits: [["report.go", '"label-"', '"l"']],
    report: { label: "l7" },
    functions: ["main.label"],
  },
  {
    name: "a number",
    edits: [["report.go", "return x + 10", "return x + 2500"]],
    report: { bonus: "2501" },
    functions: ["main.bonus"],
  },
  {
    name: "the bodies of for and if",
    edits: [
      [
        "report.go",
        "if i%2 == 0 {\n\t\t\ttotal += i",
        "if i%3 != 1 {\n\t\t\ttotal += i * 2\n\t\t} else {\n\t\t\ttotal--",
      ],
    ],
    report: { sum: "63" },
    functions: ["main.sum"],
  },
  {
    name: "a new function",
    edits: [
      ["report.go", "return x + 10", "return thousand(x) + 10"],
      ["report.go", "func bonus(", "func thousand(x int) int {\n\treturn 1000 * x\n}\n\nfunc bonus("],
    ],
    report: { bonus: "1010" },
    functions: ["main.bonus", "main.thousand"],
    back: { functions: ["main.bonus"] },
  },
  {
    name: "a function under another name",
    edits: [
      ["report.go", "func label(", "func named("],
      ["report.go", '"label=" + label(7)', '"label=" + named(7)'],
      ["report.go", '"label-"', '"name-"'],
    ],
    report: { label: "name-7" },
    functions: ["main.named", "main.report"],
    back: { functions: ["main.report"] },
  },
  {
    name: "a function that nobody called",
    edits: [["report.go", 'return "-"', 'return words.Unused("used")']],
    report: { extra: "<used>" },
    functions: ["main.extra", "hot/words.Unused"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a closure is added",
    edits: [
      [
        "report.go",
        'return "label-" + digits(n)',
        'more := func() int { n++; return n }\n\tmore()\n\treturn "label-" + digits(more())',
      ],
    ],
    report: { label: "label-9" },
    functions: ["main.label", "main.label$1"],
    back: { functions: ["main.label"] },
  },
  {
    name: "a closure that the page holds",
    edits: [
      ["main.go", "clicks++", "clicks += 10"],
      ["main.go", '"clicked "', '"clicked in all "'],
    ],
    functions: ["main.listen$1"],
    before: async (program) => program.expectClick(1, "clicked "),
    after: async (program) => program.expectClick(10, "clicked in all "),
    last: async (program) => program.expectClick(1, "clicked "),
  },
  {
    name: "a closure in front of one that the page holds",
    edits: [
      [
        "main.go",
        "\tclicks := 0\n",
        "\tclicks := 0\n\tearlier := func(n int) int { return n + clicks }\n\tclicks = earlier(0)\n",
      ],
      ["main.go", "clicks++", "clicks += 5"],
    ],
    functions: ["main.listen", "main.listen$1", "main.listen$2"],
    before: async (program) => program.expectClick(1, "clicked "),
    after: async (program) => program.expectClick(5, "clicked "),
    last: async (program) => program.expectClick(1, "clicked "),
  },
  {
    name: "a closure with other captures keeps its code, and it is said",
    edits: [
      ["main.go", "\tclicks := 0\n", "\tclicks, more := 0, 5\n"],
      ["main.go", "clicks++", "clicks += more\n\t\tmore++"],
    ],
    functions: ["main.listen", "main.listen$1"],
    notes: [/closures of main\.listen\$1 that were made before keep their old code/],
    back: { notes: [] },
    after: async (program) => program.expectClick(1, "clicked "),
    last: async (program) => program.expectClick(1, "clicked "),
  },
  {
    name: "a closure in a variable",
    edits: [["values.go", "return n + step", "return n + 100*step"]],
    report: { plus: "108" },
    functions: ["main.prepare$1"],
  },
  {
    name: "a method that is held as a value",
    edits: [["values.go", "return s.factor * n", "return s.factor*n + 1"]],
    report: { bound: "21" },
    functions: ["(*main.scale).by"],
  },
  {
    name: "a callback of the standard library",
    edits: [
      ["report.go", "before(a, b int) bool { return a < b }", "before(a, b int) bool { return a > b }"],
    ],
    report: { sorted: "[3 2 1]" },
    functions: ["main.before"],
  },
  {
    name: "defer with a named result",
    edits: [
      ["report.go", 'defer func() { result += "!" }()', 'defer func() { result = "<" + result + ">" }()'],
      ["report.go", "for i := 0; i < n; i++ {\n\t\tdefer", "for i := 1; i < n; i++ {\n\t\tdefer"],
    ],
    report: { guarded: "<guarded321>" },
    functions: ["main.guarded", "main.guarded$1"],
  },
  {
    name: "defer comes to a function that had none",
    edits: [
      [
        "report.go",
        "func extra() string {\n\treturn",
        'func extra() (text string) {\n\tdefer func() { text += "deferred" }()\n\treturn',
      ],
    ],
    report: { extra: "-deferred" },
    functions: ["main.extra", "main.extra$1"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "another signature",
    edits: [
      [
        "report.go",
        "func label(n int) string {\n\treturn",
        "func label(n int, mark string) string {\n\treturn mark +",
      ],
      ["report.go", "label(7)", 'label(7, "*")'],
    ],
    report: { label: "*label-7" },
    functions: ["main.label", "main.report"],
    notes: [/calls of main\.label that are under way end in the old code/],
  },
  {
    name: "another type of the result, while the callers read the same",
    edits: [["report.go", "func ratio() int {", "func ratio() float64 {"]],
    report: { ratio: "3.5" },
    functions: ["main.ratio", "main.report"],
    notes: [/calls of main\.ratio/],
  },
  {
    name: "two packages at once",
    edits: [
      ["shapes/shapes.go", "return width * height", "return 100 * width * height"],
      ["words/words.go", '"Hello, "', '"Good morning, "'],
      ["report.go", "return x + 10", "return x + 20"],
    ],
    report: {
      area: "1200",
      greeting: "Good morning, Ada",
      bonus: "21",
      shapes: "square:900 circle:12",
      widest: "900",
    },
    functions: ["hot/shapes.Area", "hot/words.Greet", "main.bonus"],
  },
  {
    name: "a function of another package",
    edits: [["words/words.go", '"Hello, " + name', 'name + ", hello"']],
    report: { greeting: "Ada, hello" },
    functions: ["hot/words.Greet"],
  },
  {
    name: "a constant of another package",
    edits: [
      [
        "words/words.go",
        "// Greet greets.",
        '// Hello begins a greeting.\nconst Hello = "Hail "\n\n// Greet greets.',
      ],
      ["words/words.go", '"Hello, " + name', "Hello + name"],
      ["report.go", 'return "-"', "return words.Hello"],
    ],
    report: { greeting: "Hail Ada", extra: "Hail " },
    functions: ["hot/words.Greet", "main.extra"],
  },
  {
    name: "a file with a function comes",
    edits: [
      ["fresh.go", "", 'package main\n\nfunc fresh() string {\n\treturn "from a file"\n}\n'],
      ["report.go", 'return "-"', "return fresh()"],
    ],
    report: { extra: "from a file" },
    functions: ["main.extra", "main.fresh"],
    back: { functions: ["main.extra"] },
  },
];
