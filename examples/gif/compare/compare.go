// Package compare says how far two animated GIFs are from looking the same, however they are written.
package compare

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
)

// Tolerated is the part of pixels that may differ for two animations to pass for the same.
const Tolerated = 0.005

// Difference is between two animations of the same size, frames and delays.
type Difference struct {
	Pixels    int
	Different int
	// The greatest difference in a channel.
	Greatest int
}

// Part is the part of pixels that differ.
func (d Difference) Part() float64 {
	return float64(d.Different) / float64(d.Pixels)
}

// GIFs compares what is shown, frame by frame. It fails where something is no GIF, or where size, number of frames,
// delays or repetition differ.
func GIFs(one, other []byte) (Difference, error) {
	left, err := decode(one)
	if err != nil {
		return Difference{}, fmt.Errorf("the first: %w", err)
	}
	right, err := decode(other)
	if err != nil {
		return Difference{}, fmt.Errorf("the second: %w", err)
	}
	if left.Config.Width != right.Config.Width || left.Config.Height != right.Config.Height {
		return Difference{}, fmt.Errorf("%d x %d pixels against %d x %d",
			left.Config.Width, left.Config.Height, right.Config.Width, right.Config.Height)
	}
	if fmt.Sprint(left.Delay) != fmt.Sprint(right.Delay) {
		return Difference{}, fmt.Errorf("delays of %v against %v", left.Delay, right.Delay)
	}
	if left.LoopCount != right.LoopCount {
		return Difference{}, fmt.Errorf("%d repetitions against %d", left.LoopCount, right.LoopCount)
	}
	difference := Difference{}
	shown, otherShown := newScreen(left), newScreen(right)
	for frame := range left.Image {
		shown.show(left, frame)
		otherShown.show(right, frame)
		difference.add(shown.pixels.Pix, otherShown.pixels.Pix)
		shown.dispose(left, frame)
		otherShown.dispose(right, frame)
	}
	return difference, nil
}

// Pixels are what a GIF shows: red, green, blue and alpha of each pixel, frame after frame.
func Pixels(data []byte) ([]byte, error) {
	animation, err := decode(data)
	if err != nil {
		return nil, err
	}
	var pixels []byte
	shown := newScreen(animation)
	for frame := range animation.Image {
		shown.show(animation, frame)
		pixels = append(pixels, shown.pixels.Pix...)
		shown.dispose(animation, frame)
	}
	return pixels, nil
}

func decode(data []byte) (*gif.GIF, error) {
	reader := bytes.NewReader(data)
	animation, err := gif.DecodeAll(reader)
	if err == nil && reader.Len() > 0 {
		err = fmt.Errorf("%d bytes after the end", reader.Len())
	}
	return animation, err
}

func (d *Difference) add(one, other []byte) {
	for place := 0; place < len(one); place += 4 {
		d.Pixels++
		isDifferent := false
		for channel := place; channel < place+4; channel++ {
			if apart := int(one[channel]) - int(other[channel]); apart != 0 {
				isDifferent = true
				d.Greatest = max(d.Greatest, apart, -apart)
			}
		}
		if isDifferent {
			d.Different++
		}
	}
}

// screen is what a viewer has on it.
type screen struct {
	pixels, before *image.RGBA
}

func newScreen(animation *gif.GIF) screen {
	size := image.Rect(0, 0, animation.Config.Width, animation.Config.Height)
	return screen{image.NewRGBA(size), image.NewRGBA(size)}
}

func (s *screen) show(animation *gif.GIF, frame int) {
	copy(s.before.Pix, s.pixels.Pix)
	picture := animation.Image[frame]
	draw.Draw(s.pixels, picture.Bounds(), picture, picture.Bounds().Min, draw.Over)
}

func (s *screen) dispose(animation *gif.GIF, frame int) {
	switch animation.Disposal[frame] {
	case gif.DisposalBackground:
		draw.Draw(s.pixels, animation.Image[frame].Bounds(), image.Transparent, image.Point{}, draw.Src)
	case gif.DisposalPrevious:
		s.pixels, s.before = s.before, s.pixels
	}
}
