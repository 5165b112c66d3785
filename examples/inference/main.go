//go:build wasip1

// Command inference asks a model whether exactly one of two bits is set, for all pairs of bits at once.
//
// The model is the host's: the program knows its name, and neither what is in it nor what computes it.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	model, err := Load("xor")
	if err != nil {
		return fmt.Errorf("load the model: %w", err)
	}
	fmt.Fprintln(os.Stderr, "computed on the", model.Device())
	context, err := model.Context()
	if err != nil {
		return fmt.Errorf("make a context: %w", err)
	}
	pairs := [][2]float32{{0, 0}, {0, 1}, {1, 0}, {1, 1}}
	bits := make([]float32, 0, 2*len(pairs))
	for _, pair := range pairs {
		bits = append(bits, pair[:]...)
	}
	if err := context.SetInput(0, []uint32{uint32(len(pairs)), 2}, bits); err != nil {
		return fmt.Errorf("set the input: %w", err)
	}
	if err := context.Compute(); err != nil {
		return fmt.Errorf("compute: %w", err)
	}
	results, err := context.Output(0, len(pairs))
	if err != nil {
		return fmt.Errorf("get the output: %w", err)
	}
	for i, pair := range pairs {
		fmt.Printf("%v xor %v = %v\n", pair[0], pair[1], results[i])
	}
	return nil
}
