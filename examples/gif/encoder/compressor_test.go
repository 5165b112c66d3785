package encoder

import (
	"bytes"
	"compress/lzw"
	"math/rand/v2"
	"testing"

	"devserver.dev/examples/gif/scene"
)

// standard is what image/gif would write.
func standard(pixels []byte, colourBits int) []byte {
	var codes bytes.Buffer
	writer := lzw.NewWriter(&codes, lzw.LSB, colourBits)
	writer.Write(pixels)
	writer.Close()
	written := []byte{byte(colourBits)}
	for codes.Len() > 0 {
		block := codes.Next(255)
		written = append(append(written, byte(len(block))), block...)
	}
	return append(written, 0)
}

func TestCompressorWritesWhatTheStandardOneDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := new(compressor)
	check := func(pixels []byte, colourBits int) {
		t.Helper()
		output := make([]byte, compressedSize(len(pixels)))
		size := c.compress(output, pixels, uint(colourBits))
		if !bytes.Equal(output[:size], standard(pixels, colourBits)) {
			t.Fatalf("%d pixels of %d bits are written otherwise", len(pixels), colourBits)
		}
	}
	for bits := 2; bits <= 8; bits++ {
		for round := range 60 {
			size := random.IntN(1 << (1 + round/4))
			pixels := make([]byte, size)
			colours := 1 + random.IntN(1<<bits)
			longest := 1 + random.IntN(1<<random.IntN(12))
			for at := 0; at < size; {
				colour := byte(random.IntN(colours))
				for run := random.IntN(longest) + 1; run > 0 && at < size; run-- {
					pixels[at] = colour
					at++
				}
			}
			check(pixels, bits)
		}
	}
	// One colour for longer than runs are known, twice around the dictionary.
	check(make([]byte, 1<<20), 2)
	check(make([]byte, 1<<22), 8)
	pixels := make([]byte, 160*120)
	for frame := range 16 {
		view := scene.At(160, 120, frame, 16)
		view.Draw(pixels)
		check(pixels, 7)
	}
}

func frame() []byte {
	pixels := make([]byte, 160*120)
	view := scene.At(160, 120, 3, 16)
	view.Draw(pixels)
	return pixels
}

func BenchmarkCompressor(b *testing.B) {
	pixels := frame()
	output := make([]byte, compressedSize(len(pixels)))
	c := new(compressor)
	b.SetBytes(int64(len(pixels)))
	for range b.N {
		c.compress(output, pixels, 7)
	}
}

func BenchmarkStandard(b *testing.B) {
	pixels := frame()
	b.SetBytes(int64(len(pixels)))
	for range b.N {
		standard(pixels, 7)
	}
}
