//! Edits of types, methods and generic code.

import type { Case } from "./case.js";

export const typeCases: readonly Case[] = [
  {
    name: "a method that is called through an interface",
    edits: [["shapes/shapes.go", 'return "square"', 'return "a square of old"']],
    report: {
      shapes: "a square of old:9 circle:12",
      described: "int1 string a shape a square of old other other",
    },
    functions: ["(hot/shapes.Square).Name"],
  },
  {
    name: "a method on a pointer that is called through an interface",
    edits: [["shapes/shapes.go", "return 3 * c.Radius", "return 314 * c.Radius"]],
    report: { shapes: "square:9 circle:1256", widest: "1256" },
    functions: ["(*hot/shapes.Circle).Area"],
  },
  {
    name: "a method of an embedded value",
    edits: [["values.go", '" says woof"', '" barks"']],
    report: { loud: "Rex barks" },
    functions: ["(*main.dog).Speak"],
  },
  {
    name: "a new type that satisfies an interface",
    edits: [
      [
        "values.go",
        "type weight int",
        'type triangle struct{ base int }\n\nfunc (t triangle) Name() string { return "triangle" }\n\nfunc (t *triangle) Area() int { return t.base * t.base / 2 }\n\ntype weight int',
      ],
      [
        "report.go",
        'return "-"',
        "var shape shapes.Shape = &triangle{base: 4}\n\treturn shape.Name() + digits(shapes.Widest(shape))",
      ],
    ],
    report: { extra: "triangle8" },
    functions: ["(*main.triangle).Area", "(main.triangle).Name", "main.extra"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a new type that fmt asks for its text",
    edits: [
      [
        "values.go",
        "type weight int",
        'type heat struct{ degrees int }\n\nfunc (h heat) String() string { return digits(h.degrees) + " degrees" }\n\ntype weight int',
      ],
      ["report.go", 'return "-"', "return fmt.Sprint(heat{21}, []any{heat{2}})"],
    ],
    report: { extra: "21 degrees [2 degrees]" },
    functions: ["(main.heat).String", "main.extra"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a type that is alive gets a text for fmt",
    edits: [
      [
        "values.go",
        "type weight int",
        'func (p point) String() string { return digits(p.x) + "/" + digits(p.y) }\n\ntype weight int',
      ],
    ],
    report: { printed: "{2} 3/4 5kg", described: "int1 string a shape square stringer other" },
    functions: ["(main.point).String"],
    back: { functions: [], level: 2 },
  },
  {
    name: "a type of another package gets a method that an interface asks for",
    edits: [
      [
        "shapes/shapes.go",
        "// Area of a rectangle.",
        "// Corners of the shape.\nfunc (s Square) Corners() int { return 4 }\n\n// Area of a rectangle.",
      ],
      [
        "report.go",
        'return "-"',
        'text := ""\n\tfor _, shape := range gallery {\n\t\tif edged, ok := shape.(interface{ Corners() int }); ok {\n\t\t\ttext += digits(edged.Corners())\n\t\t} else {\n\t\t\ttext += " round"\n\t\t}\n\t}\n\treturn text',
      ],
    ],
    report: { extra: "4 round" },
    functions: ["(hot/shapes.Square).Corners", "main.extra"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a type switch gets a case",
    edits: [
      [
        "report.go",
        "\t\tcase fmt.Stringer:",
        '\t\tcase point:\n\t\t\ttext += " point" + digits(value.y)\n\t\tcase fmt.Stringer:',
      ],
    ],
    report: { described: "int1 string a shape square point1 other" },
    functions: ["main.described"],
  },
  {
    name: "a generic function that two packages use",
    edits: [["words/words.go", "if value > best", "if value < best"]],
    report: { largest: "3", widest: "0" },
    functions: ["hot/words.Largest"],
  },
  {
    name: "a new instance of a generic function",
    edits: [["report.go", 'return "-"', "return fmt.Sprint(words.Largest(1.5, 2.5))"]],
    report: { extra: "2.5" },
    functions: ["hot/words.Largest", "main.extra"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a method of a generic type with live values",
    edits: [
      [
        "words/words.go",
        "return strings.Join(parts, between)",
        "return strings.Join(parts, between) + between",
      ],
    ],
    report: { stack: "a+b+" },
    functions: ["(*hot/words.Stack[string]).Joined"],
  },
  {
    name: "a new instance of a generic type",
    edits: [
      [
        "report.go",
        'return "-"',
        'var numbers words.Stack[point]\n\tnumbers.Push(point{1, 2})\n\treturn fmt.Sprint(numbers) + numbers.Joined("")',
      ],
    ],
    report: { extra: "{[{1 2}]}" },
    functions: ["(*hot/words.Stack[main.point]).Joined", "(*hot/words.Stack[main.point]).Push", "main.extra"],
    back: { functions: ["main.extra"] },
  },
  {
    name: "a new generic function and type",
    edits: [
      [
        "values.go",
        "type weight int",
        "type box[T any] struct{ content T }\n\nfunc (b *box[T]) with(change func(T) T) T { return change(b.content) }\n\nfunc boxed[T any](content T) *box[T] { return &box[T]{content} }\n\ntype weight int",
      ],
      [
        "report.go",
        "return fmt.Sprint(shapes.Square{Side: 2}, point{3, 4}, weight(5))",
        'return boxed("in a box").with(func(text string) string { return text + digits(boxed(4).content) })',
      ],
    ],
    report: { printed: "in a box4" },
    functions: ["(*main.box[string]).with", "main.boxed", "main.printed", "main.printed$1"],
    back: { functions: ["main.printed"] },
  },
  {
    name: "a type that is local to a function, the rest of it",
    edits: [["report.go", "known.first + known.second", "100*known.first + known.second"]],
    report: { local: "203" },
    functions: ["main.local"],
  },
  {
    name: "a type that is local to a function, with another layout",
    edits: [
      [
        "report.go",
        "type pair struct{ first, second int }",
        "type pair struct {\n\t\tname          string\n\t\tfirst, second int\n\t}",
      ],
      ["report.go", "pair{n, n + 1}", 'pair{"two", n, n + 1}'],
    ],
    report: { local: "of another type" },
    functions: ["main.local"],
    notes: [/values of type main\.pair that were made before do not match the new one/],
  },
  {
    name: "a new type that is local to a function",
    edits: [
      [
        "report.go",
        'return "-"',
        'type inner struct{ name string }\n\tvar value any = inner{"inside"}\n\tif known, ok := value.(inner); ok {\n\t\treturn fmt.Sprintf("%v %s", value, known.name)\n\t}\n\treturn ""',
      ],
    ],
    report: { extra: "{inside} inside" },
    functions: ["main.extra"],
  },
  {
    name: "an interface is new",
    edits: [
      ["values.go", "type weight int", "type named interface{ Name() string }\n\ntype weight int"],
      [
        "report.go",
        'return "-"',
        'text := ""\n\tfor _, value := range []any{gallery[0], gallery[1], 3, &dog{}} {\n\t\tif known, ok := value.(named); ok {\n\t\t\ttext += known.Name() + " "\n\t\t}\n\t}\n\treturn text',
      ],
    ],
    report: { extra: "square circle " },
    functions: ["main.extra"],
  },
];
