// Check says what a module wants of its host, and fails if that is more than WASI preview 1 and the functions that are
// named after the module: go run ./imports/check gif.wasm env.now_ms
package main

import (
	"fmt"
	"os"

	"devserver.dev/examples/gif/imports"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: check MODULE [FUNCTION...]")
		os.Exit(2)
	}
	module, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	wanted, err := imports.Of(module)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(2)
	}
	for _, wanted := range wanted {
		fmt.Println(wanted)
	}
	foreign := imports.Foreign(wanted, os.Args[2:]...)
	for _, foreign := range foreign {
		fmt.Fprintf(os.Stderr, "%s: nobody offers %s\n", os.Args[1], foreign)
	}
	if len(foreign) > 0 {
		os.Exit(1)
	}
}
