//! Programs of Go that go down, each in the way of its row.

import type { Play, Scene } from "./scene.js";

/** What goes wrong, by the code of its row; several ways have a number. */
const falls: Readonly<Record<string, string>> = {
  "go/nil-pointer": "var it *point\n\t\tit.x = 1",
  "go/nil-map": 'var counts map[string]int\n\t\tcounts["one"] = 1',
  "go/index": "_ = numbers[len(numbers)+two]",
  "go/slice": "_ = numbers[:len(numbers)+two]",
  "go/make-size": "_ = make([]int, -two)",
  "go/divide-by-zero": "numbers[0] /= two - 2",
  "go/type-assertion": 'var it any = "text"\n\t\t_ = it.(int)',
  "go/uncomparable": "_ = map[any]int{numbers: 1}",
  "go/channel": "it := make(chan int, 1)\n\t\tclose(it)\n\t\tit <- 1",
  "go/channel 2": "it := make(chan int, 1)\n\t\tclose(it)\n\t\tclose(it)",
  "go/wait-group": "var it sync.Mutex\n\t\tit.Unlock()",
  "go/wait-group 2": "var it sync.WaitGroup\n\t\tit.Done()",
  "go/deadlock": "<-make(chan int)",
  "go/out-of-memory": "for {\n\t\t\tkept = append(kept, make([]byte, 1<<30))\n\t\t}",
  "go/stack-overflow": "debug.SetMaxStack(1 << 16)\n\t\tdeeper(two)",
  "go/js-value": 'js.Undefined().Get("length")',
  "go/js-value 2": 'js.Global().Get("nothing").Int()',
  "go/js-error": 'js.Global().Get("JSON").Call("parse", "{")',
  "go/exit": "os.Exit(3)",
  "go/panic": 'panic("the score is negative")',
};

/** Ends at once when the page says so, and else waits to be told how to go down. */
export const fallingProgram = `package main

import (
	"os"
	"runtime/debug"
	"sync"
	"syscall/js"
)

type point struct{ x int }

var (
	numbers = []int{1, 2, 3}
	two     = 2
	kept    [][]byte
)

func deeper(depth int) int { return deeper(depth+1) + depth }

func fall(how string) {
	switch how {
${Object.entries(falls)
  .map(([how, code]) => `\tcase ${JSON.stringify(how)}:\n\t\t${code}\n`)
  .join("")}	}
}

//go:wasmexport wait
func wait() {
	<-make(chan int)
}

func main() {
	js.Global().Set("fall", js.FuncOf(func(_ js.Value, given []js.Value) any {
		fall(given[0].String())
		return nil
	}))
	if js.Global().Get("endsAtOnce").Truthy() {
		return
	}
	select {}
}
`;

/** Where the runtime of TinyGo does otherwise: it has one panic for all sizes, looks for no deadlock while the page lives, and
 * takes minutes to run out of memory or stack. */
const withTinygo: Readonly<Record<string, string>> = {
  "go/make-size": "go/slice",
  "go/deadlock": "none",
  "go/out-of-memory": "none",
  "go/stack-overflow": "none",
};

/** The name is part of the text, since only that reaches the page. */
function playOf(how: string): Play {
  const text = `notes.doing = "run"; return fallOf(${JSON.stringify(how)}).then((it) => { throw it; });`;
  return new Function("_", "notes", text) as Play;
}

export const goScenes: readonly Scene[] = [
  ...Object.keys(falls).map((how): Scene => {
    const [code = "", variant] = how.split(" ");
    const tinygo = withTinygo[how];
    return { code, play: playOf(how), ...(variant && { variant }), ...(tinygo && { tinygo }) };
  }),
  { code: "go/blocking", play: playOf("go/blocking"), onlyTinygo: true },
];
