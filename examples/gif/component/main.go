//go:build tinygo

// Component is the world of wit/frame-stream.wit as a core module: a frame-stream that a host calls, without a system
// around it. This file is what a generator of bindings would write: where the canonical ABI of the component model has
// values lie in memory.
package main

import (
	"unsafe"

	"devserver.dev/examples/gif/encoder"
	"devserver.dev/examples/gif/framestream"
)

func main() {}

var (
	stream framestream.Stream
	// The data of a frame: the host writes them here, and here the encoder reads them.
	data []byte
	// What a function returns lies here until the next one is called.
	pushed   pushResult
	finished finishResult
)

const (
	isOK    = 0
	isError = 1
)

// pushResult is result<_, frame-error>.
type pushResult struct {
	kind  uint8
	error frameError
}

// finishResult is result<list<u8>, frame-error>. The only error, no-frames, has nothing but its number.
type finishResult struct {
	kind uint8
	// An error's numbers have 64 bits, and what they are in place of begins where they do.
	_      [0]uint64
	list   unsafe.Pointer
	length uint32
}

// frameError is the variant: which case, and a record of two numbers.
type frameError struct {
	kind             framestream.Kind
	expected, actual uint64
}

// reallocate gives the host room for the only thing that it hands over, the data of a frame.
//
//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, alignment, size uint32) unsafe.Pointer {
	if uint32(len(data)) < size {
		data = encoder.Aligned(int(size))
	}
	return unsafe.Pointer(unsafe.SliceData(data))
}

//go:wasmexport push-frame
func pushFrame(at unsafe.Pointer, length uint32, pts uint64, width, height uint32) unsafe.Pointer {
	problem := stream.PushFrame(unsafe.Slice((*byte)(at), length), pts, width, height)
	pushed = pushResult{kind: isOK}
	if problem.Kind != framestream.Fine {
		pushed = pushResult{isError, frameError{problem.Kind, problem.Expected, problem.Actual}}
	}
	return unsafe.Pointer(&pushed)
}

//go:wasmexport finish
func finish() unsafe.Pointer {
	gif, problem := stream.Finish()
	finished = finishResult{kind: isOK, list: unsafe.Pointer(unsafe.SliceData(gif)), length: uint32(len(gif))}
	if problem.Kind != framestream.Fine {
		finished = finishResult{kind: isError}
		// The case lies where the list does.
		*(*framestream.Kind)(unsafe.Pointer(&finished.list)) = problem.Kind
	}
	return unsafe.Pointer(&finished)
}
