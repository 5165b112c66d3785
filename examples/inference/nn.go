//go:build wasip1

package main

import (
	"errors"
	"runtime"
	"unsafe"
)

// The functions of wasi-nn, as core modules import them: each gives 0, or the number of a mistake.

//go:wasmimport wasi_ephemeral_nn load_by_name
func loadByName(name unsafe.Pointer, length uint32, model unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn init_execution_context
func initExecutionContext(model uint32, context unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn set_input
func setInput(context, index uint32, tensor unsafe.Pointer) uint32

//go:wasmimport wasi_ephemeral_nn compute
func compute(context uint32) uint32

//go:wasmimport wasi_ephemeral_nn get_output
func getOutput(context, index uint32, buffer unsafe.Pointer, size uint32, written unsafe.Pointer) uint32

// What dev-server tells beside it: where a model is computed (0 CPU, 1 GPU), and the words of the last mistake.

//go:wasmimport dev_server_nn device
func device(model uint32) int32

//go:wasmimport dev_server_nn failure
func failure(buffer unsafe.Pointer, size uint32) int32

// float32Type is the number of 32-bit floats among the types of tensors.
const float32Type = 1

// tensor is the record that set_input takes. Go's pointers are of 64 bits on some targets, those of WebAssembly are not.
type tensor struct {
	dimensions, rank uint32
	kind             uint8
	data, size       uint32
}

// Model is one that the host has.
type Model uint32

// Context is where a model computes: it keeps inputs and outputs.
type Context uint32

// Load finds a model by the name that the host has given it.
func Load(name string) (Model, error) {
	var model uint32
	err := mistake(loadByName(unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(&model)))
	return Model(model), err
}

// Device says what computes the model.
func (model Model) Device() string {
	switch device(uint32(model)) {
	case 0:
		return "CPU"
	case 1:
		return "GPU"
	default:
		return "unknown device"
	}
}

// Context makes a context. It lives as long as the program does.
func (model Model) Context() (Context, error) {
	var context uint32
	err := mistake(initExecutionContext(uint32(model), unsafe.Pointer(&context)))
	return Context(context), err
}

// SetInput hands over a tensor, which is copied.
func (context Context) SetInput(index uint32, dimensions []uint32, values []float32) error {
	record := tensor{
		dimensions: address(unsafe.Pointer(unsafe.SliceData(dimensions))), rank: uint32(len(dimensions)),
		kind: float32Type,
		data: address(unsafe.Pointer(unsafe.SliceData(values))), size: uint32(4 * len(values)),
	}
	err := mistake(setInput(uint32(context), index, unsafe.Pointer(&record)))
	// The record has numbers in it, which keep nothing alive.
	runtime.KeepAlive(dimensions)
	runtime.KeepAlive(values)
	return err
}

// Compute runs the model on the inputs that were set.
func (context Context) Compute() error {
	return mistake(compute(uint32(context)))
}

// Output gives an output of as many values as it may have.
func (context Context) Output(index uint32, most int) ([]float32, error) {
	values := make([]float32, most)
	var written uint32
	buffer := unsafe.Pointer(unsafe.SliceData(values))
	if err := mistake(getOutput(uint32(context), index, buffer, uint32(4*most), unsafe.Pointer(&written))); err != nil {
		return nil, err
	}
	return values[:written/4], nil
}

func address(pointer unsafe.Pointer) uint32 {
	return uint32(uintptr(pointer))
}

// mistake is nil for 0, and has the host's words for all else.
func mistake(number uint32) error {
	if number == 0 {
		return nil
	}
	words := make([]byte, 1024)
	length := int(failure(unsafe.Pointer(unsafe.SliceData(words)), uint32(len(words))))
	return errors.New(string(words[:max(0, min(length, len(words)))]))
}
