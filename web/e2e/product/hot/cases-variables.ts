//! Edits of variables, and new imports.

import type { Case } from "./case.js";

export const variableCases: readonly Case[] = [
  {
    name: "a new variable with a constant value",
    edits: [
      [
        "values.go",
        "var limit = 100",
        'var limit = 100\n\nvar months = []string{"January", "February", "March"}',
      ],
      ["report.go", 'return "-"', 'months[0] += "!"\n\treturn months[2] + digits(len(months[0]))'],
    ],
    report: { extra: "March8" },
    functions: ["main.extra"],
    after: async (program) => expectExtra(program, "March9"),
  },
  {
    name: "a new variable whose value is computed, once",
    edits: [
      [
        "values.go",
        "var limit = 100",
        'var limit = 100\n\nvar issued int\n\nvar ticket = issue()\n\nfunc issue() map[string]int {\n\tissued++\n\treturn map[string]int{"number": 40 + issued, digits(limit): issued}\n}',
      ],
      ["report.go", 'return "-"', 'return fmt.Sprint(ticket["number"], ticket["100"], issued)'],
    ],
    report: { extra: "41 1 1" },
    functions: ["main.extra", "main.issue"],
    back: { functions: ["main.bonus", "main.extra"] },
    after: async (program) => {
      await program.save([["report.go", "return x + 10", "return x + 11"]]);
      await expectExtra(program, "41 1 1");
    },
  },
  {
    name: "another initial value, while the variable keeps what it has",
    edits: [["values.go", "var limit = 100", "var limit = 2000"]],
    functions: [],
    notes: [/main\.limit keeps its value; the new one takes effect at the next start/],
    level: 0,
  },
  {
    name: "another initial value together with a function",
    edits: [
      ["values.go", '"Ann", "Bob", "Cem"', '"Dora", "Bob", "Cem"'],
      ["report.go", "return x + 10", "return x + 12"],
    ],
    report: { bonus: "13" },
    functions: ["main.bonus"],
    notes: [/main\.names keeps its value/],
  },
  {
    name: "another function as an initial value",
    edits: [["values.go", "return 2 * n", "return 22 * n"]],
    functions: [],
    notes: [/main\.twice keeps its value/],
    level: 0,
  },
  {
    name: "a function that computed an initial value",
    edits: [["values.go", "n%prime == 0", "n%prime == 1"]],
    functions: ["main.sieve"],
  },
  {
    name: "another init, which has run already",
    edits: [["values.go", 'begun = "once"', 'begun = "once more"']],
    functions: [],
    notes: [/main\.init#1 values\.go has run already and is not run again/],
    level: 0,
  },
  {
    name: "a function of the standard library that was not there",
    edits: [
      [
        "report.go",
        'return "-"',
        'return strings.ToUpper(strings.Repeat("ab", 3)) + strings.TrimLeft("xxy", "x")',
      ],
    ],
    report: { extra: "ABABABy" },
    functions: ["main.extra"],
  },
  {
    name: "a new import of a small package",
    edits: [
      ["report.go", '\t"fmt"\n', '\t"container/ring"\n\t"fmt"\n'],
      ["report.go", 'return "-"', "return digits(ring.New(5).Len())"],
    ],
    report: { extra: "5" },
    functions: ["main.extra"],
  },
  {
    name: "encoding/json comes into a program that had nothing of it",
    edits: [
      ["report.go", '\t"fmt"\n', '\t"encoding/json"\n\t"fmt"\n'],
      [
        "report.go",
        'return "-"',
        'text, err := json.Marshal(map[string]any{"gallery": gallery, "n": 1.5})\n\tif err != nil {\n\t\treturn err.Error()\n\t}\n\tvar back struct{ N float64 }\n\terr = json.Unmarshal(text, &back)\n\treturn fmt.Sprint(string(text), back.N, err)',
      ],
    ],
    report: { extra: '{"gallery":[{"Side":3},{"Radius":2}],"n":1.5}1.5 <nil>' },
    functions: ["main.extra"],
  },
  {
    name: "regexp comes in",
    edits: [
      ["report.go", '\t"fmt"\n', '\t"fmt"\n\t"regexp"\n'],
      [
        "report.go",
        'return "-"',
        'return regexp.MustCompile(`(\\pL+)-(\\d)`).ReplaceAllString(label(7), "$2 $1")',
      ],
    ],
    report: { extra: "7 label" },
    functions: ["main.extra"],
  },
  {
    name: "a new package of the program's own module",
    edits: [
      [
        "deep/deep.go",
        "",
        'package deep\n\nimport "hot/words"\n\nvar calls = len(words.Greet("me"))\n\n// Called counts on.\nfunc Called() int {\n\tcalls++\n\treturn calls\n}\n',
      ],
      ["report.go", '\t"hot/shapes"\n', '\t"hot/deep"\n\t"hot/shapes"\n'],
      ["report.go", 'return "-"', "return digits(deep.Called())"],
    ],
    report: { extra: "10" },
    functions: ["hot/deep.Called", "main.extra"],
    after: async (program) => expectExtra(program, "11"),
    back: { functions: ["main.extra"] },
  },
  {
    name: "a package of another module",
    edits: [
      [
        "go.mod",
        "require devserver.dev/live v0.0.0",
        "require devserver.dev/live v0.0.0\n\nrequire example.com/extra v0.0.0\n\nreplace example.com/extra => ./extra",
      ],
      ["report.go", '\t"hot/shapes"\n', '\t"example.com/extra"\n\n\t"hot/shapes"\n'],
      [
        "report.go",
        'func extra() string {\n\treturn "-"',
        'func extra() string {\n\treturn extra.Counted("calls ")',
      ],
      ["report.go", "func extra()", "func more()"],
      ["report.go", '"extra=" + extra()', '"extra=" + more()'],
    ],
    report: { extra: "calls 5" },
    functions: ["main.more", "main.report"],
    back: { functions: ["main.report"] },
  },
];

async function expectExtra(
  program: { report(): Promise<Record<string, string>> },
  text: string,
): Promise<void> {
  const { extra } = await program.report();
  if (extra !== text) throw new Error(`extra is ${JSON.stringify(extra)} instead of ${JSON.stringify(text)}`);
}
