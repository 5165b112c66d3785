// Package protocol answers requests on a stream of bytes, as PROTOCOL.md describes it.
package protocol

import (
	"encoding/binary"
	"io"
	"strconv"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/encoder"
	"devserver.dev/examples/gif/framestream"
)

// LongestHeader is the most bytes that a header may have. All fields with as many digits as they can have are 120; the
// rest is for blanks.
const LongestHeader = 1024

// Server answers requests in the order in which they come. From the first request on it allocates nothing, unless one
// needs larger buffers than all before it; the zero value is ready.
type Server struct {
	generator animation.Generator
	stream    framestream.Stream
	input     input
	refusal   refusal
	counter   counter
	// What the answer repeats of the request.
	options animation.Options
	head    [256]byte
	// One frame of a payload.
	frame []byte
}

// Serve answers until the input ends, or until nobody can know where the next request begins. It fails when the
// streams do; what is wrong with a request is an answer.
func (s *Server) Serve(requests io.Reader, answers io.Writer) error {
	s.input.begin(requests)
	for {
		s.refusal.reset()
		gif, then, err := s.request()
		if err == nil && then != isOver {
			err = s.answer(answers, gif, then)
		}
		if err != nil || then != goesOn {
			return err
		}
	}
}

// continuation is what comes after a request.
type continuation int

const (
	goesOn continuation = iota
	// There was no request.
	isOver
	// There was one, and what follows it makes no sense.
	isLast
)

// request returns a GIF, or nothing but a refusal.
func (s *Server) request() (gif []byte, then continuation, err error) {
	length, err := s.input.take(4)
	if err != nil || len(length) == 0 {
		return nil, isOver, err
	}
	if len(length) < 4 {
		s.truncated(truncatedLength, "its length", len(length), 4)
		return nil, isLast, nil
	}
	size := binary.LittleEndian.Uint32(length)
	if size > LongestHeader {
		s.refusal.because(headerTooLong).say("a header of ").number(int64(size)).
			say(" bytes; it may have at most ").number(LongestHeader)
		return nil, isLast, nil
	}
	text, err := s.input.take(int(size))
	if err != nil {
		return nil, isOver, err
	}
	if len(text) < int(size) {
		s.truncated(truncatedHeader, "the header", len(text), int64(size))
		return nil, isLast, nil
	}
	read := readHeader(text, &s.refusal)
	if !read.isPayloadKnown {
		return nil, isLast, nil
	}
	s.options = read.header.options
	if s.refusal.code == "" {
		if read.header.payload > 0 {
			return s.encode(&read.header)
		}
		return s.draw(&read.header), goesOn, nil
	}
	then, err = s.skip(read.header.payload)
	return nil, then, err
}

func (s *Server) draw(header *header) []byte {
	s.generator.Begin(header.options)
	for frame := range header.options.Frames {
		s.generator.Frame(frame)
		s.counter.countFrom(header, frame)
	}
	s.counter.stop(header)
	return s.generator.End()
}

// encode makes the GIF of a payload, frame by frame as they come in.
func (s *Server) encode(header *header) (gif []byte, then continuation, err error) {
	options := &header.options
	size := 4 * options.Width * options.Height
	if len(s.frame) < size {
		s.frame = encoder.Aligned(size)
	}
	data := s.frame[:size]
	left := header.payload
	s.stream.Expect(options.Frames)
	for frame := range options.Frames {
		count, err := s.input.fill(data)
		if err != nil {
			return nil, isOver, err
		}
		if count < size {
			s.stream.Abandon()
			s.truncated(truncatedPayload, "the payload", int(header.payload-left)+count, header.payload)
			return nil, isLast, nil
		}
		left -= int64(size)
		pts := 10 * uint64(options.Delay) * uint64(frame)
		problem := s.stream.PushFrame(data, pts, uint32(options.Width), uint32(options.Height))
		if problem.Kind != framestream.Fine {
			s.stream.Abandon()
			if s.refusal.because(problem.Kind.String()).isHeard {
				s.refusal.text = problem.Append(s.refusal.text)
			}
			then, err = s.skip(left)
			return nil, then, err
		}
		s.counter.countFrom(header, frame)
	}
	s.counter.stop(header)
	gif, _ = s.stream.Finish()
	return gif, goesOn, nil
}

// skip passes over what is left of the payload of a request that is refused. Where that is not all there, what was wrong
// first is told all the same.
func (s *Server) skip(left int64) (continuation, error) {
	skipped, err := s.input.skip(left)
	if skipped < left {
		return isLast, err
	}
	return goesOn, err
}

func (s *Server) truncated(code, what string, came int, expected int64) {
	s.refusal.because(code).say("the input ends in ").say(what).say(", after ").number(int64(came)).
		say(" of ").number(expected).say(" bytes")
}

// answer writes a GIF, or what is wrong.
func (s *Server) answer(answers io.Writer, gif []byte, then continuation) error {
	payload := gif
	head := append(s.head[:0], 0, 0, 0, 0)
	if s.refusal.code == "" {
		head = append(head, `{"status":200,"type":"image/gif"`...)
		head = appendMember(head, "frames", s.options.Frames)
		head = appendMember(head, "delay", s.options.Delay)
		head = appendMember(head, "width", s.options.Width)
		head = appendMember(head, "height", s.options.Height)
		if s.counter.isDone {
			head = appendMember(head, allocationsField, int(s.counter.count))
		}
	} else {
		payload = s.refusal.text
		head = append(head, `{"status":400,"type":"text/plain; charset=utf-8","error":"`...)
		head = append(append(head, s.refusal.code...), '"')
		if then == isLast {
			head = append(head, `,"last":true`...)
		}
	}
	head = append(appendMember(head, payloadField, len(payload)), '}')
	binary.LittleEndian.PutUint32(head, uint32(len(head)-4))
	if _, err := answers.Write(head); err != nil {
		return err
	}
	_, err := answers.Write(payload)
	return err
}

func appendMember(head []byte, name string, value int) []byte {
	head = append(append(append(head, `,"`...), name...), `":`...)
	return strconv.AppendInt(head, int64(value), 10)
}
