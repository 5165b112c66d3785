// Package parallel makes animations on several goroutines: some draw, one encodes.
package parallel

import (
	"context"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/encoder"
	"devserver.dev/examples/gif/ring"
	"devserver.dev/examples/gif/scene"
)

// slots is how many frames are drawn ahead. Drawing takes less time than encoding, so that one would do; the second is
// for a frame that takes longer.
const slots = 2

// Generator makes one GIF after the other in the same buffers. The zero value is ready.
type Generator struct {
	encoder encoder.Encoder
	palette encoder.Palette
	frames  *ring.Ring
	size    int
}

// Generate returns what animation.Generator does, or why the context ended. Its goroutines have ended when it returns.
func (g *Generator) Generate(ctx context.Context, options animation.Options) ([]byte, error) {
	size := options.Width * options.Height
	if g.size != size {
		g.frames, g.size = ring.New(slots, size), size
	}
	if g.palette.Count == 0 {
		g.palette.Count = copy(g.palette.RGB[:], scene.Palette[:]) / 3
	}
	g.encoder.Begin(animation.EncoderOptions(options, &g.palette))
	draw := func(_ context.Context, frame int, pixels []byte) error {
		view := scene.At(options.Width, options.Height, frame, options.Frames)
		view.Draw(pixels)
		return nil
	}
	encode := func(_ int, pixels []byte) error {
		g.encoder.Frame(&encoder.Frame{Pixels: pixels, Delay: uint16(options.Delay)})
		return nil
	}
	if err := g.frames.Produce(ctx, options.Frames, draw, encode); err != nil {
		return nil, err
	}
	return g.encoder.End(), nil
}
