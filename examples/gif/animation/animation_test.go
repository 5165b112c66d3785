package animation

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"devserver.dev/examples/gif/scene"
)

func standard(t testing.TB, options Options) []byte {
	t.Helper()
	var palette color.Palette
	for colour := range scene.Colours {
		palette = append(palette, color.RGBA{scene.Palette[3*colour], scene.Palette[3*colour+1], scene.Palette[3*colour+2], 255})
	}
	animation := gif.GIF{Config: image.Config{ColorModel: palette, Width: options.Width, Height: options.Height}}
	for frame := range options.Frames {
		view := scene.At(options.Width, options.Height, frame, options.Frames)
		picture := image.NewPaletted(image.Rect(0, 0, options.Width, options.Height), palette)
		view.Draw(picture.Pix)
		animation.Image = append(animation.Image, picture)
		animation.Delay = append(animation.Delay, options.Delay)
	}
	var output bytes.Buffer
	if err := gif.EncodeAll(&output, &animation); err != nil {
		t.Fatal(err)
	}
	return output.Bytes()
}

func TestWritesWhatTheStandardEncoderDoes(t *testing.T) {
	var generator Generator
	for _, options := range []Options{
		Default,
		{Frames: 1, Delay: 0, Width: 1, Height: 1},
		{Frames: 1, Delay: 7, Width: 33, Height: 5},
		{Frames: 2, Delay: 0, Width: 5, Height: 33},
		{Frames: 3, Delay: 65535, Width: 1024, Height: 700},
		{Frames: 40, Delay: 4, Width: 31, Height: 31},
	} {
		if !bytes.Equal(generator.Generate(options), standard(t, options)) {
			t.Errorf("%+v is written otherwise", options)
		}
	}
}

func TestGeneratorAllocatesNothing(t *testing.T) {
	var generator Generator
	generator.Generate(Default)
	if allocations := testing.AllocsPerRun(20, func() { generator.Generate(Default) }); allocations != 0 {
		t.Errorf("%v allocations for an animation", allocations)
	}
}

func BenchmarkGenerator(b *testing.B) {
	var generator Generator
	b.ReportAllocs()
	for range b.N {
		generator.Generate(Default)
	}
}

func BenchmarkStandard(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		standard(b, Default)
	}
}

func TestGenerateGIF(t *testing.T) {
	made, err := GenerateGIF(3, 9)
	if err != nil || !bytes.Equal(made, standard(t, Options{Frames: 3, Delay: 9, Width: Default.Width, Height: Default.Height})) {
		t.Errorf("%d bytes, %v", len(made), err)
	}
	for _, wrong := range []struct {
		frames, delay int
		words         string
	}{
		{0, 5, "frames has to be at least 1"},
		{-1, 5, "frames is negative"},
		{1001, 5, "frames may be at most 1000"},
		{1000, 5, "all frames together have 19200000 pixels; at most 16777216 are allowed"},
		{1, -5, "delay is negative"},
		{1, 65536, "delay may be at most 65535"},
	} {
		if made, err := GenerateGIF(wrong.frames, wrong.delay); made != nil || err == nil || err.Error() != wrong.words {
			t.Errorf("%+v: %d bytes, %v", wrong, len(made), err)
		}
	}
}
