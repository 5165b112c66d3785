package encoder

import "unsafe"

// alignment is the length of a line of the cache: two buffers never share one.
const alignment = 64

// Aligned allocates a buffer that begins where a line of the cache does.
func Aligned(size int) []byte {
	memory := make([]byte, size+alignment-1)
	from := -int(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) & (alignment - 1)
	return memory[from : from+size : from+size]
}

// AlignedSize is the size of a buffer after which the next one is aligned too.
func AlignedSize(size int) int {
	return (size + alignment - 1) &^ (alignment - 1)
}
