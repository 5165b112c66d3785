package framestream

import "strconv"

// Limits of one stream. With them a module needs less than 100 MiB whatever it is sent.
const (
	LargestSide = 1024
	MostFrames  = 1000
	// In all frames together.
	MostPixels = 1 << 24
)

// Kind is what is wrong with a frame. The numbers are those of the cases of frame-error in wit/frame-stream.wit.
type Kind uint8

const (
	WrongWidth Kind = iota
	WrongHeight
	OtherWidth
	OtherHeight
	WrongLength
	PtsNotRising
	TooManyFrames
	TooManyPixels
	NoFrames
	// Fine is no case: nothing is wrong.
	Fine Kind = 0xff
)

// String is the name of the case.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "fine"
}

var kinds = [...]string{
	"wrong-width", "wrong-height", "other-width", "other-height", "wrong-length", "pts-not-rising", "too-many-frames",
	"too-many-pixels", "no-frames",
}

// Problem is a Kind with the two numbers that belong to it: what was expected, allowed or there before, and what came.
type Problem struct {
	Kind     Kind
	Expected uint64
	Actual   uint64
}

// Error says it in words, without naming the kind.
func (p Problem) Error() string {
	return string(p.Append(nil))
}

// Append appends the words to a text, so that a server can say them without allocating.
func (p Problem) Append(text []byte) []byte {
	say := func(before string, first uint64, between string, second uint64, after string) []byte {
		text = strconv.AppendUint(append(text, before...), first, 10)
		text = strconv.AppendUint(append(text, between...), second, 10)
		return append(text, after...)
	}
	switch p.Kind {
	case WrongWidth:
		return say("a width of ", p.Actual, " pixels; 1 to ", p.Expected, " are allowed")
	case WrongHeight:
		return say("a height of ", p.Actual, " pixels; 1 to ", p.Expected, " are allowed")
	case OtherWidth:
		return say("a width of ", p.Actual, " pixels after frames with ", p.Expected, "")
	case OtherHeight:
		return say("a height of ", p.Actual, " pixels after frames with ", p.Expected, "")
	case WrongLength:
		return say("", p.Actual, " bytes of data; width * height * 4 are ", p.Expected, "")
	case PtsNotRising:
		return say("a pts of ", p.Actual, " after one of ", p.Expected, "; it has to rise")
	case TooManyFrames:
		return say("frame ", p.Actual, " of a stream that may have ", p.Expected, "")
	case TooManyPixels:
		return say("all frames together have ", p.Actual, " pixels; at most ", p.Expected, " are allowed")
	case NoFrames:
		return append(text, "the end of a stream without frames"...)
	}
	return append(text, "nothing is wrong"...)
}

// History is what the rules need to know of the frames so far.
type History struct {
	frames        uint64
	width, height uint32
	pts           uint64
}

// Check is the rules for a frame: of length bytes, at a time, of a size. Whatever pushes frames asks it, and nothing
// else decides. The first thing that is wrong in the order of Kind is returned, or a Problem that is Fine.
func (h *History) Check(length, pts uint64, width, height uint32) Problem {
	side := func(size uint32) bool { return size == 0 || size > LargestSide }
	pixels := uint64(width) * uint64(height)
	switch {
	case side(width):
		return Problem{WrongWidth, LargestSide, uint64(width)}
	case side(height):
		return Problem{WrongHeight, LargestSide, uint64(height)}
	case h.frames > 0 && width != h.width:
		return Problem{OtherWidth, uint64(h.width), uint64(width)}
	case h.frames > 0 && height != h.height:
		return Problem{OtherHeight, uint64(h.height), uint64(height)}
	case length != 4*pixels:
		return Problem{WrongLength, 4 * pixels, length}
	case h.frames > 0 && pts <= h.pts:
		return Problem{PtsNotRising, h.pts, pts}
	case h.frames >= MostFrames:
		return Problem{TooManyFrames, MostFrames, h.frames + 1}
	case (h.frames+1)*pixels > MostPixels:
		return Problem{TooManyPixels, MostPixels, (h.frames + 1) * pixels}
	}
	return Problem{Kind: Fine}
}

func (h *History) add(pts uint64, width, height uint32) {
	h.frames++
	h.width, h.height, h.pts = width, height, pts
}
