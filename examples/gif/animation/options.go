package animation

import (
	"strconv"

	"devserver.dev/examples/gif/framestream"
)

// Options say what to draw.
type Options struct {
	// How many pictures, and for how long each is shown, in 1/100 s.
	Frames, Delay int
	// In pixels.
	Width, Height int
}

// Default is what one gets who asks for nothing else.
var Default = Options{Frames: 16, Delay: 5, Width: 160, Height: 120}

// Limits of Options. Except for the delay they are those of streams of frames, so that what can be drawn can be sent.
const (
	MostFrames   = framestream.MostFrames
	LongestDelay = 1<<16 - 1
	LargestSide  = framestream.LargestSide
	MostPixels   = framestream.MostPixels
)

// Kind is what is wrong with an option.
type Kind string

// All of them; None says that nothing is wrong.
const (
	None          Kind = ""
	UnknownField  Kind = "unknown-field"
	Negative      Kind = "negative"
	TooSmall      Kind = "too-small"
	TooLarge      Kind = "too-large"
	TooManyPixels Kind = "too-many-pixels"
)

// Problem is a Kind with what belongs to it.
type Problem struct {
	Kind  Kind
	Field string
	// What came, and what is allowed.
	Value, Limit int64
}

// Error says it in words.
func (p Problem) Error() string {
	return string(p.Append(nil))
}

// Append appends the words to a text, so that a server can say them without allocating.
func (p Problem) Append(text []byte) []byte {
	text = append(text, p.Field...)
	switch p.Kind {
	case UnknownField:
		return append(text, " is no field"...)
	case Negative:
		return append(text, " is negative"...)
	case TooSmall:
		return strconv.AppendInt(append(text, " has to be at least "...), p.Limit, 10)
	case TooLarge:
		return strconv.AppendInt(append(text, " may be at most "...), p.Limit, 10)
	case TooManyPixels:
		text = strconv.AppendInt(append(text, "all frames together have "...), p.Value, 10)
		text = strconv.AppendInt(append(text, " pixels; at most "...), p.Limit, 10)
		return append(text, " are allowed"...)
	}
	return append(text, "nothing is wrong"...)
}

// Set sets the option of that name.
func (o *Options) Set(field string, value int64) Problem {
	var option *int
	least, most := int64(1), int64(LargestSide)
	switch field {
	case "frames":
		option, most = &o.Frames, MostFrames
	case "delay":
		option, least, most = &o.Delay, 0, LongestDelay
	case "width":
		option = &o.Width
	case "height":
		option = &o.Height
	default:
		return Problem{Kind: UnknownField, Field: field}
	}
	problem := Within(field, value, least, most)
	if problem.Kind == None {
		*option = int(value)
	}
	return problem
}

// Within says whether a field is neither too small nor too large.
func Within(field string, value, least, most int64) Problem {
	switch {
	case value < 0:
		return Problem{Kind: Negative, Field: field, Value: value}
	case value < least:
		return Problem{Kind: TooSmall, Field: field, Value: value, Limit: least}
	case value > most:
		return Problem{Kind: TooLarge, Field: field, Value: value, Limit: most}
	}
	return Problem{}
}

// Check says whether options that were set one by one go together.
func (o *Options) Check() Problem {
	if pixels := int64(o.Frames) * int64(o.Width) * int64(o.Height); pixels > MostPixels {
		return Problem{Kind: TooManyPixels, Value: pixels, Limit: MostPixels}
	}
	return Problem{}
}
