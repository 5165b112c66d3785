package compare

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

var colours = color.Palette{color.RGBA{}, color.RGBA{R: 255, A: 255}, color.RGBA{G: 100, A: 255}, color.RGBA{G: 101, A: 255}}

// written makes a GIF of frames, which are rows of three numbers of colours at a place.
func written(t *testing.T, disposal byte, places []int, frames ...[]byte) []byte {
	t.Helper()
	animation := gif.GIF{Config: image.Config{ColorModel: colours, Width: 3, Height: 1}}
	for frame, row := range frames {
		picture := image.NewPaletted(image.Rect(places[frame], 0, places[frame]+len(row), 1), colours)
		copy(picture.Pix, row)
		animation.Image = append(animation.Image, picture)
		animation.Delay = append(animation.Delay, 4)
		animation.Disposal = append(animation.Disposal, disposal)
	}
	var output bytes.Buffer
	if err := gif.EncodeAll(&output, &animation); err != nil {
		t.Fatal(err)
	}
	return output.Bytes()
}

func TestComparesWhatIsShown(t *testing.T) {
	whole := written(t, gif.DisposalNone, []int{0, 0}, []byte{1, 2, 1}, []byte{1, 1, 1})
	for name, other := range map[string]struct {
		gif      []byte
		expected Difference
	}{
		"itself":                {whole, Difference{6, 0, 0}},
		"only what has changed": {written(t, gif.DisposalNone, []int{0, 1}, []byte{1, 2, 1}, []byte{1}), Difference{6, 0, 0}},
		"transparent":           {written(t, gif.DisposalNone, []int{0, 0}, []byte{1, 2, 1}, []byte{0, 1, 0}), Difference{6, 0, 0}},
		"taken away":            {written(t, gif.DisposalBackground, []int{0, 1}, []byte{1, 2, 1}, []byte{1}), Difference{6, 2, 255}},
		"a little":              {written(t, gif.DisposalNone, []int{0, 0}, []byte{1, 3, 1}, []byte{1, 1, 1}), Difference{6, 1, 1}},
	} {
		difference, err := GIFs(whole, other.gif)
		if err != nil || difference != other.expected {
			t.Errorf("%s: %+v, %v", name, difference, err)
		}
	}
}

func TestFailsWhereNothingCanBeCompared(t *testing.T) {
	one := written(t, gif.DisposalNone, []int{0}, []byte{1, 2, 1})
	for name, other := range map[string][]byte{
		"cut off":     one[:len(one)-3],
		"more":        append(bytes.Clone(one), 0),
		"more frames": written(t, gif.DisposalNone, []int{0, 0}, []byte{1, 2, 1}, []byte{1, 2, 1}),
		"nothing":     nil,
	} {
		if difference, err := GIFs(one, other); err == nil {
			t.Errorf("%s: %+v", name, difference)
		}
	}
}
