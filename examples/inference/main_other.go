//go:build !wasip1

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this program runs on WASI: dev-server run --nn xor.onnx .")
	os.Exit(1)
}
