package encoder

import (
	"bytes"
	"image/color"
	"image/gif"
	"testing"
	"unsafe"
)

func address(buffer []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(buffer)))
}

func decoded(t *testing.T, data []byte) *gif.GIF {
	t.Helper()
	animation, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return animation
}

func TestFramesKeepTheirColoursDelaysAndTransparency(t *testing.T) {
	common := PaletteOf([]byte{255, 0, 0, 0, 255, 0})
	own := PaletteOf([]byte{0, 0, 255, 9, 9, 9, 1, 2, 3})
	var e Encoder
	e.Begin(Options{Width: 3, Height: 1, Palette: common, IsAnimated: true})
	e.Frame(&Frame{Pixels: []byte{0, 1, 0}, Delay: 7})
	e.Frame(&Frame{Pixels: []byte{2, 1, 0}, Delay: 8, Palette: own})
	e.Frame(&Frame{Pixels: []byte{0, 1, 1}, IsTimedLater: true, Palette: PaletteOf(common.Colours())})
	e.SetDelay(300)
	e.Frame(&Frame{Pixels: []byte{0, 2, 1}, Delay: 9, Palette: own, HasTransparent: true, Transparent: 2})
	data := e.End()
	animation := decoded(t, data)

	if [4]int(animation.Delay) != [4]int{7, 8, 300, 9} || animation.LoopCount != 0 {
		t.Errorf("delays are %v, repeated %d times", animation.Delay, animation.LoopCount)
	}
	// The third is what is behind the transparent one.
	if [4]byte(animation.Disposal) != [4]byte{0, 0, gif.DisposalBackground, gif.DisposalBackground} {
		t.Errorf("disposals are %v", animation.Disposal)
	}
	opaque := func(red, green, blue byte) color.RGBA { return color.RGBA{red, green, blue, 255} }
	for frame, expected := range [][3]color.RGBA{
		{opaque(255, 0, 0), opaque(0, 255, 0), opaque(255, 0, 0)},
		{opaque(1, 2, 3), opaque(9, 9, 9), opaque(0, 0, 255)},
		{opaque(255, 0, 0), opaque(0, 255, 0), opaque(0, 255, 0)},
		{opaque(0, 0, 255), {}, opaque(9, 9, 9)},
	} {
		for x, colour := range expected {
			if found := color.RGBAModel.Convert(animation.Image[frame].At(x, 0)); found != colour {
				t.Errorf("pixel %d of frame %d is %v and not %v", x, frame, found, colour)
			}
		}
	}
	// The third has a copy of the common palette, which is not written again.
	if tables := bytes.Count(data, common.Colours()); tables != 1 {
		t.Errorf("the common palette is there %d times", tables)
	}
}

func TestAnyFrameFitsIntoWhatIsReserved(t *testing.T) {
	palette := new(Palette)
	palette.Count = MostColours
	for _, size := range []int{1, 2, 255, 256, 4095, 4096, 100_000} {
		// Each pixel another colour than the two before: as many codes as there can be.
		pixels := make([]byte, size)
		for place := range pixels {
			pixels[place] = byte(place * 151 * (1 + place>>8))
		}
		var e Encoder
		e.Begin(Options{Width: size, Height: 1, Palette: palette, IsAnimated: true, Room: Size(3, size)})
		buffer := &e.output[0]
		for range 3 {
			e.Frame(&Frame{Pixels: pixels, Delay: 1})
		}
		data := e.End()
		if &data[0] != buffer || len(data) > Size(3, size) {
			t.Errorf("%d pixels took %d bytes of %d", size, len(data), Size(3, size))
		}
		if size < 1<<16 {
			for _, picture := range decoded(t, data).Image {
				if !bytes.Equal(picture.Pix, pixels) {
					t.Errorf("%d pixels are others", size)
				}
			}
		}
	}
}

func TestGrowsAndKeepsWhatWasWritten(t *testing.T) {
	palette := PaletteOf([]byte{1, 1, 1, 100, 100, 100})
	pixels := []byte{0, 1, 1, 0}
	var e Encoder
	e.Begin(Options{Width: 2, Height: 2, Palette: palette, IsAnimated: true})
	for range 1000 {
		e.Frame(&Frame{Pixels: pixels, Delay: 1})
	}
	animation := decoded(t, e.End())
	if len(animation.Image) != 1000 {
		t.Fatalf("%d frames", len(animation.Image))
	}
	for frame, picture := range animation.Image {
		if !bytes.Equal(picture.Pix, pixels) {
			t.Fatalf("frame %d is %v", frame, picture.Pix)
		}
	}
}

func TestFramesAllocateNothing(t *testing.T) {
	pixels := frame()
	var e Encoder
	options := Options{Width: 160, Height: 120, Palette: PaletteOf(make([]byte, 3*128)), Room: Size(101, len(pixels))}
	e.Begin(options)
	if allocations := testing.AllocsPerRun(100, func() { e.Frame(&Frame{Pixels: pixels, Delay: 1}) }); allocations != 0 {
		t.Errorf("%v allocations a frame", allocations)
	}
}

func TestBuffersAreAligned(t *testing.T) {
	for size := range 200 {
		buffer := Aligned(size)
		if len(buffer) != size || cap(buffer) != size {
			t.Fatalf("%d bytes, room for %d", len(buffer), cap(buffer))
		}
		if size > 0 && address(buffer)%64 != 0 {
			t.Fatalf("a buffer of %d bytes is at %x", size, address(buffer))
		}
		if whole := AlignedSize(size); whole < size || whole >= size+64 || whole%64 != 0 {
			t.Fatalf("%d bytes are %d", size, whole)
		}
	}
}
