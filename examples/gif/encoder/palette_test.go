package encoder

import (
	"math"
	"testing"

	"devserver.dev/examples/gif/scene"
)

func TestLightIsThatOfTheStandard(t *testing.T) {
	for value, written := range light {
		signal := float64(value) / 255
		expected := signal / 12.92
		if signal > 0.04045 {
			expected = math.Pow((signal+0.055)/1.055, 2.4)
		}
		if math.Abs(written-expected) > 1e-6*expected {
			t.Errorf("light[%d] is %v and not %v", value, written, expected)
		}
	}
}

// Values of colour calculators for D65.
func TestLab(t *testing.T) {
	for rgb, expected := range map[[3]byte]lab{
		{0, 0, 0}:       {0, 0, 0},
		{255, 255, 255}: {100, 0, 0},
		{255, 0, 0}:     {53.24, 80.09, 67.20},
		{0, 255, 0}:     {87.73, -86.18, 83.18},
		{0, 0, 255}:     {32.30, 79.19, -107.86},
		{119, 119, 119}: {50.03, 0, 0},
	} {
		own := labOf(rgb)
		if own.squaredDistance(&expected) > 0.01*0.01*3 {
			t.Errorf("%v is %v and not %v", rgb, own, expected)
		}
	}
}

func TestMergeOfDuplicatesAndOfColoursThatLookTheSame(t *testing.T) {
	palette := PaletteOf([]byte{
		200, 30, 40,
		10, 10, 10,
		200, 30, 40, // the first again
		200, 31, 40, // almost the first
		11, 10, 10, // almost the second
		10, 90, 10,
	})
	var merger Merger
	duplicates, alike := palette.Merge(&merger)
	if duplicates != 1 || alike != 2 || palette.Count != 3 {
		t.Errorf("%d duplicates, %d alike, %d left", duplicates, alike, palette.Count)
	}
	if [6]byte(merger.Numbers[:6]) != [6]byte{0, 1, 0, 0, 1, 2} {
		t.Errorf("merged as %v", merger.Numbers[:6])
	}
	if [9]byte(palette.Colours()) != [9]byte{200, 30, 40, 10, 10, 10, 10, 90, 10} {
		t.Errorf("left are %v", palette.Colours())
	}
	pixels := []byte{5, 4, 3, 2, 1, 0}
	merger.Apply(pixels)
	if [6]byte(pixels) != [6]byte{2, 1, 0, 0, 1, 0} {
		t.Errorf("pixels became %v", pixels)
	}
}

func TestMergeLeavesNoTwoThatLookTheSameAndMovesNoneFarther(t *testing.T) {
	// All shades of grey: each is close to the next, and to many more that are not close to the first.
	palette := new(Palette)
	for shade := range MostColours {
		copy(palette.RGB[3*shade:], []byte{byte(shade), byte(shade), byte(shade)})
	}
	palette.Count = MostColours
	before := *palette
	var merger Merger
	duplicates, alike := palette.Merge(&merger)
	if duplicates != 0 || alike+palette.Count != MostColours || palette.Count < 40 || palette.Count > 100 {
		t.Errorf("%d duplicates, %d alike, %d left", duplicates, alike, palette.Count)
	}
	expectDistinct(t, palette)
	for colour := range MostColours {
		from := labOf([3]byte(before.RGB[3*colour:]))
		to := labOf([3]byte(palette.RGB[3*int(merger.Numbers[colour]):]))
		if from.squaredDistance(&to) >= JustNoticeable*JustNoticeable {
			t.Errorf("colour %d has become %d, which looks different", colour, merger.Numbers[colour])
		}
	}
}

func TestSceneHasNoColourTwice(t *testing.T) {
	palette := PaletteOf(scene.Palette[:])
	expectDistinct(t, palette)
	var merger Merger
	if duplicates, alike := palette.Merge(&merger); duplicates+alike > 0 {
		t.Errorf("%d duplicates, %d alike", duplicates, alike)
	}
	for colour := range scene.Colours {
		if int(merger.Numbers[colour]) != colour {
			t.Errorf("colour %d has become %d", colour, merger.Numbers[colour])
		}
	}
}

func expectDistinct(t *testing.T, palette *Palette) {
	t.Helper()
	for one := range palette.Count {
		for other := range one {
			left, right := labOf([3]byte(palette.RGB[3*one:])), labOf([3]byte(palette.RGB[3*other:]))
			if squared := left.squaredDistance(&right); squared < JustNoticeable*JustNoticeable {
				t.Errorf("colours %d and %d are %.2f apart", one, other, math.Sqrt(squared))
			}
		}
	}
}
