package framestream

import (
	"bytes"
	"image/color"
	"image/gif"
	"os"
	"regexp"
	"testing"
)

func picture(width, height uint32, colour color.RGBA) []byte {
	data := make([]byte, 0, 4*width*height)
	for range width * height {
		data = append(data, colour.R, colour.G, colour.B, colour.A)
	}
	return data
}

func push(t *testing.T, s *Stream, pts uint64, colour color.RGBA) {
	t.Helper()
	if problem := s.PushFrame(picture(3, 2, colour), pts, 3, 2); problem.Kind != Fine {
		t.Fatalf("%v: %v", problem.Kind, problem)
	}
}

func finish(t *testing.T, s *Stream) *gif.GIF {
	t.Helper()
	data, problem := s.Finish()
	if problem.Kind != Fine {
		t.Fatalf("%v: %v", problem.Kind, problem)
	}
	animation, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return animation
}

func TestFramesAreShownForAsLongAsTheirTimesSay(t *testing.T) {
	var s Stream
	for round := range 2 {
		// 1.5 s in thirds, which are no whole hundredths.
		times := []uint64{1000, 1033, 1066, 1100, 1133, 1166, 1200, 900_000}
		for number, pts := range times {
			push(t, &s, pts, color.RGBA{R: byte(30 * number), G: byte(round), A: 255})
		}
		animation := finish(t, &s)
		expected := []int{3, 3, 4, 3, 3, 4, 65535, 65535}
		for frame, delay := range animation.Delay {
			if delay != expected[frame] {
				t.Errorf("delays are %v", animation.Delay)
				break
			}
			shown := color.RGBAModel.Convert(animation.Image[frame].At(2, 1))
			if shown != (color.RGBA{R: byte(30 * frame), G: byte(round), A: 255}) {
				t.Errorf("frame %d is %v", frame, shown)
			}
		}
		if len(animation.Delay) != len(times) {
			t.Errorf("%d frames", len(animation.Delay))
		}
	}
}

func TestRules(t *testing.T) {
	const side, frames, pixels = LargestSide, MostFrames, MostPixels
	for name, test := range map[string]struct {
		history       History
		length, pts   uint64
		width, height uint32
		problem       Problem
		words         string
	}{
		"first":            {History{}, 24, 0, 2, 3, Problem{Kind: Fine}, "nothing is wrong"},
		"next":             {History{1, 2, 3, 7}, 24, 8, 2, 3, Problem{Kind: Fine}, "nothing is wrong"},
		"largest":          {History{}, 4 << 20, 0, side, side, Problem{Kind: Fine}, "nothing is wrong"},
		"no width":         {History{}, 0, 0, 0, 3, Problem{WrongWidth, side, 0}, "a width of 0 pixels; 1 to 1024 are allowed"},
		"wide":             {History{}, 0, 0, side + 1, 0, Problem{WrongWidth, side, side + 1}, "a width of 1025 pixels; 1 to 1024 are allowed"},
		"no height":        {History{}, 0, 0, 2, 0, Problem{WrongHeight, side, 0}, "a height of 0 pixels; 1 to 1024 are allowed"},
		"high":             {History{}, 0, 0, 2, 1 << 31, Problem{WrongHeight, side, 1 << 31}, "a height of 2147483648 pixels; 1 to 1024 are allowed"},
		"other width":      {History{1, 2, 3, 7}, 0, 0, 3, 2, Problem{OtherWidth, 2, 3}, "a width of 3 pixels after frames with 2"},
		"other height":     {History{1, 2, 3, 7}, 0, 0, 2, 2, Problem{OtherHeight, 3, 2}, "a height of 2 pixels after frames with 3"},
		"short":            {History{}, 23, 0, 2, 3, Problem{WrongLength, 24, 23}, "23 bytes of data; width * height * 4 are 24"},
		"long":             {History{}, 25, 0, 2, 3, Problem{WrongLength, 24, 25}, "25 bytes of data; width * height * 4 are 24"},
		"empty":            {History{1, 2, 3, 7}, 0, 7, 2, 3, Problem{WrongLength, 24, 0}, "0 bytes of data; width * height * 4 are 24"},
		"same time":        {History{1, 2, 3, 7}, 24, 7, 2, 3, Problem{PtsNotRising, 7, 7}, "a pts of 7 after one of 7; it has to rise"},
		"earlier":          {History{1, 2, 3, 7}, 24, 0, 2, 3, Problem{PtsNotRising, 7, 0}, "a pts of 0 after one of 7; it has to rise"},
		"after the latest": {History{1, 2, 3, 1<<64 - 1}, 24, 1<<64 - 1, 2, 3, Problem{PtsNotRising, 1<<64 - 1, 1<<64 - 1}, "a pts of 18446744073709551615 after one of 18446744073709551615; it has to rise"},
		"last":             {History{frames - 1, 2, 3, 7}, 24, 8, 2, 3, Problem{Kind: Fine}, "nothing is wrong"},
		"many":             {History{frames, 2, 3, 7}, 24, 8, 2, 3, Problem{TooManyFrames, frames, frames + 1}, "frame 1001 of a stream that may have 1000"},
		"much":             {History{16, side, side, 7}, 4 << 20, 8, side, side, Problem{TooManyPixels, pixels, pixels + side*side}, "all frames together have 17825792 pixels; at most 16777216 are allowed"},
		"none":             {History{}, 0, 0, 0, 0, Problem{WrongWidth, side, 0}, "a width of 0 pixels; 1 to 1024 are allowed"},
	} {
		problem := test.history.Check(test.length, test.pts, test.width, test.height)
		if problem != test.problem || problem.Error() != test.words {
			t.Errorf("%s: %v %+v: %s", name, problem.Kind, problem, problem)
		}
	}
}

func TestAFrameThatIsRefusedChangesNothing(t *testing.T) {
	var s Stream
	red, blue := color.RGBA{R: 200, A: 255}, color.RGBA{B: 200, A: 255}
	if _, problem := s.Finish(); problem.Kind != NoFrames || problem.Error() != "the end of a stream without frames" {
		t.Errorf("%v: %v", problem.Kind, problem)
	}
	push(t, &s, 10, red)
	for _, wrong := range []Problem{
		s.PushFrame(picture(3, 2, blue), 10, 3, 2),
		s.PushFrame(picture(3, 2, blue), 20, 2, 3),
		s.PushFrame(picture(3, 2, blue)[:5], 20, 3, 2),
	} {
		if wrong.Kind == Fine {
			t.Error("it was taken")
		}
	}
	push(t, &s, 90, blue)
	animation := finish(t, &s)
	if len(animation.Image) != 2 || animation.Delay[0] != 8 || animation.Delay[1] != 8 {
		t.Errorf("%d frames with delays of %v", len(animation.Image), animation.Delay)
	}

	push(t, &s, 5, red)
	s.Abandon()
	push(t, &s, 1, blue)
	if animation := finish(t, &s); len(animation.Image) != 1 || animation.Image[0].At(0, 0) != blue {
		t.Errorf("%d frames", len(animation.Image))
	}
}

func TestKindsAreTheCasesOfTheInterface(t *testing.T) {
	text, err := os.ReadFile("../wit/frame-stream.wit")
	if err != nil {
		t.Fatal(err)
	}
	cases := regexp.MustCompile(`(?m)^    ([a-z-]+)(?:\(\w+\))?,$`)
	variant := text[bytes.Index(text, []byte("variant frame-error")):]
	for number, found := range cases.FindAllSubmatch(variant, -1) {
		if Kind(number).String() != string(found[1]) {
			t.Errorf("case %d is %s, and here %s", number, found[1], Kind(number))
		}
	}
	if found := len(cases.FindAll(variant, -1)); found != len(kinds) {
		t.Errorf("%d cases, and %d here", found, len(kinds))
	}
}

func TestFramesAllocateNothing(t *testing.T) {
	var s Stream
	data := picture(64, 64, color.RGBA{R: 9, A: 255})
	pts := uint64(0)
	frame := func() {
		data[pts%4096*4]++
		pts += 10
		if problem := s.PushFrame(data, pts, 64, 64); problem.Kind != Fine {
			t.Fatal(problem)
		}
	}
	for range 300 {
		frame()
	}
	s.Finish()
	if allocations := testing.AllocsPerRun(200, frame); allocations != 0 {
		t.Errorf("%v allocations a frame", allocations)
	}
}
