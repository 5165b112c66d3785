package scene

import (
	"bytes"
	"fmt"
	"testing"
)

func TestDrawIsPixelForPixel(t *testing.T) {
	sizes := [][2]int{{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 5}, {16, 16}, {160, 120}, {120, 160}, {333, 31}, {31, 333}, {1024, 40}, {40, 1024}}
	for _, size := range sizes {
		width, height := size[0], size[1]
		t.Run(fmt.Sprintf("%dx%d", width, height), func(t *testing.T) {
			const frames = 9
			drawn, expected := make([]byte, width*height), make([]byte, width*height)
			for frame := range frames {
				view := At(width, height, frame, frames)
				for place := range expected {
					expected[place] = view.Pixel(place%width, place/width)
					drawn[place] = 0xff
				}
				view.Draw(drawn)
				if !bytes.Equal(drawn, expected) {
					t.Fatalf("frame %d is drawn otherwise", frame)
				}
				for place, colour := range drawn {
					if colour >= Colours {
						t.Fatalf("frame %d has colour %d at %d", frame, colour, place)
					}
				}
			}
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	pixels := make([]byte, 160*120)
	for frame := range b.N {
		view := At(160, 120, frame%16, 16)
		view.Draw(pixels)
	}
}

func BenchmarkPixel(b *testing.B) {
	pixels := make([]byte, 160*120)
	for frame := range b.N {
		view := At(160, 120, frame%16, 16)
		for place := range pixels {
			pixels[place] = view.Pixel(place%160, place/160)
		}
	}
}
