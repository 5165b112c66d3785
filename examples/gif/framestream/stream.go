// Package framestream makes an animated GIF of frames that are pushed one by one; it is what wit/frame-stream.wit
// promises.
package framestream

import "devserver.dev/examples/gif/encoder"

// Stream takes frames and returns GIFs. The zero value is ready. From the second frame on it allocates nothing but room
// for the GIF, and when it is used again for as many frames of that size nothing at all.
type Stream struct {
	history   History
	encoder   encoder.Encoder
	quantizer encoder.Quantizer
	pixels    []byte
	// When the frame before was shown, and for how long the one before that: in 1/100 s.
	shown, delay uint64
	// How many frames are expected.
	expected int
}

// Expect says how many frames the next stream will have, so that room for most such GIFs is made with the first one.
func (s *Stream) Expect(frames int) {
	s.expected = frames
}

// PushFrame adds a frame; its data are read in place and not kept. A frame that is refused leaves the stream as it was.
func (s *Stream) PushFrame(data []byte, pts uint64, width, height uint32) Problem {
	if problem := s.history.Check(uint64(len(data)), pts, width, height); problem.Kind != Fine {
		return problem
	}
	size := int(width) * int(height)
	if len(s.pixels) < size {
		s.pixels = encoder.Aligned(size)
	}
	pixels := s.pixels[:size]
	isFirst := s.history.frames == 0
	if isFirst {
		s.quantizer.Reset()
	}
	indexed := s.quantizer.Quantize(pixels, data)
	// Each time is rounded by itself, so that rounding does not add up.
	now := pts / 10
	if isFirst {
		s.encoder.Begin(encoder.Options{
			Width: int(width), Height: int(height), Palette: indexed.Palette, IsAnimated: true,
			Room: encoder.Size(s.expected, size)/8 + encoder.FrameSize(size),
		})
		s.delay = 0
	} else {
		s.delay = now - s.shown
		s.encoder.SetDelay(hundredths(s.delay))
	}
	s.shown = now
	s.encoder.Frame(&encoder.Frame{
		Pixels: pixels, IsTimedLater: true, Palette: indexed.Palette,
		HasTransparent: indexed.HasTransparent, Transparent: indexed.Transparent,
	})
	s.history.add(pts, width, height)
	return Problem{Kind: Fine}
}

// Finish returns the GIF, which is valid until the next frame is pushed, and begins a new stream.
func (s *Stream) Finish() ([]byte, Problem) {
	if s.history.frames == 0 {
		return nil, Problem{Kind: NoFrames}
	}
	s.encoder.SetDelay(hundredths(s.delay))
	s.Abandon()
	return s.encoder.End(), Problem{Kind: Fine}
}

// Abandon begins a new stream without the frames so far.
func (s *Stream) Abandon() {
	s.history = History{}
	s.expected = 0
}

// hundredths is the most that the format can say: 655.35 s.
func hundredths(delay uint64) uint16 {
	return uint16(min(delay, 0xffff))
}
