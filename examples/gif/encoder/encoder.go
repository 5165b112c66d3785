// Package encoder makes animated GIFs of frames that stay where they are: it looks at their pixels in place, writes
// into one buffer, and allocates nothing as long as that has room.
package encoder

import (
	"encoding/binary"
	"math/bits"
)

// Encoder writes one GIF after the other. Begin, Frame for each frame, End; the zero value is ready.
type Encoder struct {
	compressor compressor
	output     []byte
	written    int
	// The size of all frames.
	width, height int
	// What the frames have in common; others bring a table of their own.
	palette Palette
	// Where the flags and the delay of the last frame are written; 0 if they are not.
	controlAt int
}

// Options are what is known of a GIF before its first frame.
type Options struct {
	// The size of all frames, at most 65,535 each way.
	Width, Height int
	// The colours of frames that have no others.
	Palette *Palette
	// A GIF of one frame is a picture and has nothing to repeat.
	IsAnimated bool
	// How many bytes to make room for at once. With Size nothing is allocated after Begin, whatever the frames are.
	Room int
}

const (
	// The largest head: signature, screen, 256 colours, how often it is repeated.
	headSize = 6 + 7 + 3*256 + 19
	// What comes before the codes of a frame at most: delay, place, 256 colours.
	frameHeadSize = 8 + 10 + 3*256
	// How far Begin and Frame leave room for what follows.
	endSize = 1
	// The flag of a picture that does not stay behind the next one. Where that is transparent one would see it.
	takenAway = 2 << 2
)

// FrameSize is the most that one frame of so many pixels can take.
func FrameSize(pixels int) int {
	return frameHeadSize + compressedSize(pixels)
}

// Size is the most that a GIF of so many frames can take.
func Size(frames, pixels int) int {
	return headSize + frames*FrameSize(pixels) + endSize
}

// Begin starts a GIF, in the buffer of the last one.
func (e *Encoder) Begin(options Options) {
	e.written = 0
	e.controlAt = 0
	e.width, e.height = options.Width, options.Height
	e.palette.set(options.Palette)
	e.reserve(max(headSize, options.Room))

	e.text("GIF89a")
	e.number(uint16(e.width))
	e.number(uint16(e.height))
	// A table for all frames; its size; the background is its first colour; pixels are squares.
	e.bytes(0x80|byte(e.palette.bits()-1), 0, 0)
	e.colours(&e.palette)
	if options.IsAnimated {
		// Without an end.
		e.bytes(0x21, 0xff, 11)
		e.text("NETSCAPE2.0")
		e.bytes(3, 1, 0, 0, 0)
	}
}

// Frame is one picture of the animation.
type Frame struct {
	// Width times Height numbers of colours, below the length of the palette.
	Pixels []byte
	// How long it is shown, in 1/100 s.
	Delay uint16
	// Whether SetDelay will say for how long.
	IsTimedLater bool
	// Its colours, if they are not those of all frames.
	Palette *Palette
	// Whether pixels of the colour Transparent show what is behind the picture.
	HasTransparent bool
	Transparent    byte
}

// Frame appends a frame. Its pixels are read in place.
func (e *Encoder) Frame(frame *Frame) {
	e.reserve(FrameSize(len(frame.Pixels)))
	if frame.HasTransparent && e.controlAt != 0 {
		e.output[e.controlAt] |= takenAway
	}
	e.controlAt = 0
	if frame.Delay > 0 || frame.IsTimedLater || frame.HasTransparent {
		flags := byte(0)
		if frame.HasTransparent {
			flags = takenAway | 1
		}
		e.bytes(0x21, 0xf9, 4)
		e.controlAt = e.written
		e.bytes(flags)
		e.number(frame.Delay)
		e.bytes(frame.Transparent, 0)
	}
	e.bytes(0x2c, 0, 0, 0, 0)
	e.number(uint16(e.width))
	e.number(uint16(e.height))
	palette := &e.palette
	if frame.Palette != nil && !frame.Palette.equal(palette) {
		palette = frame.Palette
		e.bytes(0x80 | byte(palette.bits()-1))
		e.colours(palette)
	} else {
		e.bytes(0)
	}
	room := e.output[e.written : e.written+compressedSize(len(frame.Pixels))]
	// The least that the format allows, also for two colours.
	e.written += e.compressor.compress(room, frame.Pixels, max(2, palette.bits()))
}

// SetDelay says how long the last frame is shown, which was to be timed later.
func (e *Encoder) SetDelay(delay uint16) {
	if e.controlAt != 0 {
		binary.LittleEndian.PutUint16(e.output[e.controlAt+1:], delay)
	}
}

// End returns the GIF, which is valid until the next Begin.
func (e *Encoder) End() []byte {
	e.bytes(0x3b)
	return e.output[:e.written:e.written]
}

// reserve makes room for so many bytes and the end. What it allocates is twice as much as there was, so that it does so
// for a few of many frames only, and for none when the encoder is used again.
func (e *Encoder) reserve(size int) {
	needed := e.written + size + endSize
	if needed <= len(e.output) {
		return
	}
	larger := Aligned(max(needed, 2*len(e.output)))
	copy(larger, e.output[:e.written])
	e.output = larger
}

func (e *Encoder) bytes(values ...byte) {
	e.written += copy(e.output[e.written:], values)
}

func (e *Encoder) text(text string) {
	e.written += copy(e.output[e.written:], text)
}

func (e *Encoder) number(value uint16) {
	binary.LittleEndian.PutUint16(e.output[e.written:], value)
	e.written += 2
}

func (e *Encoder) colours(palette *Palette) {
	size := 3 << palette.bits()
	table := e.output[e.written : e.written+size]
	filled := copy(table, palette.Colours())
	// A power of two of colours, of which those that are not used are black.
	clear(table[filled:])
	e.written += size
}

// bits is how many bits the number of a colour has.
func (p *Palette) bits() uint {
	return max(1, uint(bits.Len(uint(max(p.Count, 1)-1))))
}
