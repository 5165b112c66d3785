//! What is read of Go files: exported functions, types, imports, and whether a file belongs to the browser.

import { expect, test } from "vitest";
import { isForBrowser } from "../../src/vite/go-constraint.js";
import { declarations } from "../../src/vite/go-declarations.js";

const source =
  `// Package main is a test.
package main

import (
	"strconv"
	. "example.test/app/words"
	text "example.test/app/text" // why
)
import "unsafe"

type (
	Celsius float64
	Point   struct{ x, y int32 }
)
type Alias = Celsius

var handler = func(a int32) int32 { return a }

/* A comment in the way: //export nothing */
//go:wasmexport add
func add(one, other int32) (sum int32) { return one + other }

// Greet says hello.
//
//   - to somebody
//
//go:noinline
//go:wasmexport greet
func Greet(name string, _ Celsius, point *Point, raw unsafe.Pointer) Alias {
	const fake = "//go:wasmexport fake"
	go func() { _ = ` +
  "`\n//export fake\nfunc fake() {\n`" +
  ` + strconv.Itoa('"') }()
	return 0
}

//export legacy
func legacy(func(int) (int, error), ...int) ([]int, error)

//go:wasmexport detached

func detached() {}

//export many
func many(int32, Point) (int32, error) { return 0, nil }

//go:wasmexport method
func (p Point) method() {}

//go:wasmexport outside
func outside(int32)

//go:wasmexport first
//export second
func both() { }

func main() { select {} }
`;

test("exported functions are read with their signatures, and nothing that only looks like one", () => {
  const { packageName, imports, exported, types, hasMain } = declarations(source);
  expect([packageName, hasMain]).toEqual(["main", true]);
  expect(imports).toEqual(["strconv", "example.test/app/words", "example.test/app/text", "unsafe"]);
  expect([...types]).toEqual([
    ["Celsius", "float64"],
    ["Point", "struct{x,y int32}"],
    ["Alias", "Celsius"],
  ]);
  expect(exported.map(({ name, parameters, results }) => [name, parameters, results])).toEqual([
    [
      "add",
      [
        { name: "one", type: "int32" },
        { name: "other", type: "int32" },
      ],
      ["int32"],
    ],
    [
      "greet",
      [
        { name: "name", type: "string" },
        { name: "_", type: "Celsius" },
        { name: "point", type: "*Point" },
        { name: "raw", type: "unsafe.Pointer" },
      ],
      ["Alias"],
    ],
    [
      "many",
      [
        { name: "", type: "int32" },
        { name: "", type: "Point" },
      ],
      ["int32", "error"],
    ],
    ["first", [], []],
    ["second", [], []],
  ]);
  expect(exported[1]?.about).toBe("Greet says hello.\n\n  - to somebody");
});

test.each([
  "",
  "package",
  "func",
  "func (",
  "func f(",
  "func f(a int",
  'import "',
  "type",
  "/*",
  "`",
  "//export",
  "func f(a,) {",
  "type (",
])("what is unfinished is read as far as it goes: %s", (text) => {
  expect(declarations(text).exported).toEqual([]);
});

test.each<[string, string, boolean]>([
  ["main.go", "package main", true],
  ["main_test.go", "package main", false],
  ["_main.go", "package main", false],
  ["main.ts", "", false],
  ["page_js.go", "package main", true],
  ["page_wasm.go", "package main", true],
  ["page_js_wasm.go", "package main", true],
  ["page_linux.go", "package main", false],
  ["page_wasip1_wasm.go", "package main", false],
  ["page_amd64.go", "package main", false],
  ["main.go", "//go:build js && wasm\n\npackage main", true],
  ["main.go", "// About.\n\n/* more */\n//go:build !(js && wasm)\npackage main", false],
  ["main.go", "//go:build linux || (js && !tinygo)\npackage main", false],
  ["main.go", "//go:build linux || tinygo && go1.22\npackage main", true],
  ["main.go", "//go:build ignore\npackage main", false],
  ["main.go", "package main\n//go:build ignore", true],
  ["main.go", "//go:build mine\npackage main", true],
  ["main.go", "//go:build (\npackage main", true],
])("%s with %j belongs to the browser: %s", (name, text, expected) => {
  expect(isForBrowser(name, text, new Set(["tinygo", "mine"]))).toBe(expected);
});
