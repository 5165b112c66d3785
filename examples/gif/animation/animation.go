// Package animation is the pure half of the program: numbers in, a GIF out. It knows no files, no network and no clock,
// so that it does the same in a handler, in a module and in a test.
package animation

import (
	"devserver.dev/examples/gif/encoder"
	"devserver.dev/examples/gif/scene"
)

// GenerateGIF returns the animation at its usual size, with each frame shown for delay/100 seconds.
func GenerateGIF(frames, delay int) ([]byte, error) {
	options := Default
	if problem := options.Set("frames", int64(frames)); problem.Kind != None {
		return nil, problem
	}
	if problem := options.Set("delay", int64(delay)); problem.Kind != None {
		return nil, problem
	}
	if problem := options.Check(); problem.Kind != None {
		return nil, problem
	}
	return new(Generator).Generate(options), nil
}

// Generator makes one GIF after the other in the same buffers. The zero value is ready.
type Generator struct {
	encoder encoder.Encoder
	palette encoder.Palette
	pixels  []byte
	options Options
}

// Generate returns the animation, which is valid until the next one begins. The options have been checked.
func (g *Generator) Generate(options Options) []byte {
	g.Begin(options)
	for frame := range options.Frames {
		g.Frame(frame)
	}
	return g.End()
}

// Begin starts an animation, and makes the buffers if those of the last one are too small.
func (g *Generator) Begin(options Options) {
	g.options = options
	size := options.Width * options.Height
	if len(g.pixels) < size {
		g.pixels = encoder.Aligned(size)
	}
	if g.palette.Count == 0 {
		g.palette.Count = copy(g.palette.RGB[:], scene.Palette[:]) / 3
	}
	g.encoder.Begin(EncoderOptions(options, &g.palette))
}

// EncoderOptions are what an encoder has to know of an animation.
func EncoderOptions(options Options, palette *encoder.Palette) encoder.Options {
	pixels := options.Width * options.Height
	return encoder.Options{
		Width: options.Width, Height: options.Height, Palette: palette, IsAnimated: options.Frames > 1,
		// The scene takes about a tenth of what noise would, and a frame begins only where any frame fits.
		Room: encoder.Size(options.Frames, pixels)/8 + encoder.FrameSize(pixels),
	}
}

// Frame draws a frame and appends it.
func (g *Generator) Frame(frame int) {
	view := scene.At(g.options.Width, g.options.Height, frame, g.options.Frames)
	pixels := g.pixels[:g.options.Width*g.options.Height]
	view.Draw(pixels)
	g.encoder.Frame(&encoder.Frame{Pixels: pixels, Delay: uint16(g.options.Delay)})
}

// End returns the GIF.
func (g *Generator) End() []byte {
	return g.encoder.End()
}
