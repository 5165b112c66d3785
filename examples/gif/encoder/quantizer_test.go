package encoder

import (
	"math/rand/v2"
	"testing"
)

// shownAs returns the colour that a pixel has after quantizing, with an alpha of 0 or 255.
func shownAs(indexed Indexed, number byte) [4]byte {
	if indexed.HasTransparent && number == indexed.Transparent {
		return [4]byte{}
	}
	rgb := indexed.Palette.RGB[3*int(number):]
	return [4]byte{rgb[0], rgb[1], rgb[2], 255}
}

func TestFewColoursStayAsTheyAre(t *testing.T) {
	q := new(Quantizer)
	rgba := []byte{
		250, 0, 0, 255,
		0, 250, 0, 128, // opaque
		0, 0, 250, 127, // transparent
		250, 0, 0, 200,
		0, 0, 0, 0,
		251, 0, 0, 255, // looks like the first
	}
	pixels := make([]byte, len(rgba)/4)
	indexed := q.Quantize(pixels, rgba)
	red, green := [4]byte{250, 0, 0, 255}, [4]byte{0, 250, 0, 255}
	for place, expected := range [][4]byte{red, green, {}, red, {}, red} {
		if shown := shownAs(indexed, pixels[place]); shown != expected {
			t.Errorf("pixel %d is %v and not %v", place, shown, expected)
		}
	}
	if indexed.Palette.Count != 3 || indexed.IsReduced {
		t.Errorf("%+v", indexed)
	}
}

func TestPicturesOfTheSameColoursHaveTheSamePalette(t *testing.T) {
	q := new(Quantizer)
	pixels := make([]byte, 2)
	first := *q.Quantize(pixels, []byte{9, 9, 9, 255, 200, 1, 1, 255}).Palette
	second := q.Quantize(pixels, []byte{200, 1, 1, 255, 9, 9, 9, 255}).Palette
	if !second.equal(&first) || [2]byte(pixels) != [2]byte{1, 0} {
		t.Errorf("%v became %v, with pixels %v", first.Colours(), second.Colours(), pixels)
	}
	third := q.Quantize(pixels, []byte{1, 1, 200, 255, 9, 9, 9, 255}).Palette
	if third.Count != 3 || [2]byte(pixels) != [2]byte{2, 0} {
		t.Errorf("%v, with pixels %v", third.Colours(), pixels)
	}
	// More than there is room for: only those of this picture are left.
	rgba, many := make([]byte, 4*256), make([]byte, 256)
	for colour := range 256 {
		copy(rgba[4*colour:], []byte{byte(colour), byte(colour * 7), byte(colour * 31), 255})
	}
	fourth := q.Quantize(many, rgba)
	for place, number := range many {
		shown, expected := shownAs(fourth, number), [4]byte(rgba[4*place:])
		one, other := labOf([3]byte(shown[:])), labOf([3]byte(expected[:]))
		if one.squaredDistance(&other) >= JustNoticeable*JustNoticeable {
			t.Errorf("%v is shown as %v", expected, shown)
		}
	}
	if fourth.IsReduced {
		t.Error("256 colours are not too many")
	}
}

func TestManyColoursBecomeFewCloseOnes(t *testing.T) {
	const width, height = 256, 128
	rgba, pixels := make([]byte, 4*width*height), make([]byte, width*height)
	for place := range pixels {
		x, y := place%width, place/width
		copy(rgba[4*place:], []byte{byte(x), byte(2 * y), byte(255 - x), 255})
	}
	q := new(Quantizer)
	for _, hasTransparent := range []bool{false, true} {
		limit := MostColours
		if hasTransparent {
			rgba[4*77+3] = 0
		}
		indexed := q.Quantize(pixels, rgba)
		if !indexed.IsReduced || indexed.HasTransparent != hasTransparent || indexed.Palette.Count > limit {
			t.Fatalf("%+v with %d colours", indexed, indexed.Palette.Count)
		}
		sum := 0
		for place, number := range pixels {
			if int(number) >= indexed.Palette.Count {
				t.Fatalf("pixel %d has colour %d of %d", place, number, indexed.Palette.Count)
			}
			shown := shownAs(indexed, number)
			if (shown[3] == 0) != (rgba[4*place+3] == 0) {
				t.Fatalf("pixel %d is shown as %v", place, shown)
			}
			for channel := range 3 {
				apart := int(shown[channel]) - int(rgba[4*place+channel])
				sum += max(apart, -apart)
			}
		}
		// A plane of two colours in 256 cells of 8 x 16: a quarter of that on the average, and the rounding to five bits.
		if average := float64(sum) / float64(3*len(pixels)); average > 5 {
			t.Errorf("channels are %.2f apart on the average", average)
		}
	}
}

func TestQuantizerIsRightForAnyPicture(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	q := new(Quantizer)
	for range 200 {
		size, spread := 1+random.IntN(2000), 1+random.IntN(256)
		rgba, pixels := make([]byte, 4*size), make([]byte, size)
		for place := range rgba {
			rgba[place] = byte(random.IntN(spread))
			if place%4 == 3 && random.IntN(8) > 0 {
				rgba[place] = 255
			}
		}
		indexed := q.Quantize(pixels, rgba)
		for place, number := range pixels {
			shown := shownAs(indexed, number)
			if int(number) >= indexed.Palette.Count || (shown[3] == 0) != (rgba[4*place+3] < 128) {
				t.Fatalf("pixel %d has colour %d of %d: %v", place, number, indexed.Palette.Count, shown)
			}
			one, other := labOf([3]byte(shown[:])), labOf([3]byte(rgba[4*place:]))
			if !indexed.IsReduced && shown[3] > 0 && one.squaredDistance(&other) >= JustNoticeable*JustNoticeable {
				t.Fatalf("pixel %d is %v and not %v", place, shown, rgba[4*place:4*place+4])
			}
		}
		if allocations := testing.AllocsPerRun(1, func() { q.Quantize(pixels, rgba) }); allocations != 0 {
			t.Fatalf("%v allocations", allocations)
		}
	}
}
