package protocol

import (
	"strconv"

	"devserver.dev/examples/gif/animation"
)

// header is that of a request.
type header struct {
	options animation.Options
	// How many bytes follow.
	payload int64
	// Whether the answer says how often memory was allocated.
	wantsAllocations bool
}

// Names of the fields that options do not have.
const (
	payloadField     = "payload"
	allocationsField = "allocations"
)

var fields = [...]string{"frames", "delay", "width", "height", payloadField, allocationsField}

// mostPayload is what as many frames as there may be take.
const mostPayload = 4 * animation.MostPixels

// headerReader takes a header in. It keeps the first reason to refuse it, and goes on for the sake of the payload.
type headerReader struct {
	header  header
	refusal *refusal
	seen    [len(fields)]bool
	// Whether it is certain how many bytes follow, and so where the next request begins.
	isPayloadKnown bool
}

func readHeader(text []byte, refusal *refusal) headerReader {
	r := headerReader{header: header{options: animation.Default}, refusal: refusal, isPayloadKnown: true}
	object := object{text: text}
	for object.next() {
		if object.isNumber {
			r.take(object.name, object.number)
		} else {
			r.isPayloadKnown = false
			refusal.because(notANumber, func(text []byte) []byte {
				return append(appendName(text, object.name), " is no whole number"...)
			})
		}
	}
	if object.isBroken {
		r.isPayloadKnown = false
		refusal.because(notJSON, func(text []byte) []byte {
			text = strconv.AppendInt(append(text, "the header is no JSON object; byte "...), int64(object.at), 10)
			return append(text, " does not belong to one"...)
		})
	}
	if refusal.code == "" {
		r.check()
	}
	return r
}

func (r *headerReader) take(name []byte, value int64) {
	for number, field := range fields {
		if !isText(name, field) {
			continue
		}
		if r.seen[number] {
			r.isPayloadKnown = r.isPayloadKnown && field != payloadField
			r.refusal.because(repeatedField, func(text []byte) []byte {
				return append(append(text, field...), " is there twice"...)
			})
			return
		}
		r.seen[number] = true
		r.set(field, value)
		return
	}
	r.refusal.because(string(animation.UnknownField), func(text []byte) []byte {
		return animation.Problem{Kind: animation.UnknownField}.Append(appendName(text, name))
	})
}

func (r *headerReader) set(field string, value int64) {
	var problem animation.Problem
	switch field {
	case payloadField:
		problem = animation.Within(field, value, 0, mostPayload)
		r.isPayloadKnown = r.isPayloadKnown && problem.Kind == animation.None
		r.header.payload = value
	case allocationsField:
		problem = animation.Within(field, value, 0, 1)
		r.header.wantsAllocations = value == 1
	default:
		problem = r.header.options.Set(field, value)
	}
	if problem.Kind != animation.None {
		r.refusal.because(string(problem.Kind), problem.Append)
	}
}

// check looks at the fields together.
func (r *headerReader) check() {
	options := &r.header.options
	if problem := options.Check(); problem.Kind != animation.None {
		r.refusal.because(string(problem.Kind), problem.Append)
		return
	}
	whole := 4 * int64(options.Frames) * int64(options.Width) * int64(options.Height)
	if r.header.payload != 0 && r.header.payload != whole {
		r.refusal.because(wrongPayload, func(text []byte) []byte {
			text = strconv.AppendInt(append(text, "a payload of "...), r.header.payload, 10)
			text = strconv.AppendInt(append(text, " bytes; frames * width * height * 4 are "...), whole, 10)
			return append(text, ", and none is needed"...)
		})
	}
}

// isText compares without a string being made.
func isText(bytes []byte, text string) bool {
	if len(bytes) != len(text) {
		return false
	}
	for place := range bytes {
		if bytes[place] != text[place] {
			return false
		}
	}
	return true
}

// appendName quotes a name of the request's, of which no more is said than fits in a line.
func appendName(text, name []byte) []byte {
	text = append(text, '"')
	for place, sign := range name {
		if place == 40 {
			text = append(text, "..."...)
			break
		}
		if sign < ' ' || sign > '~' {
			sign = '?'
		}
		text = append(text, sign)
	}
	return append(text, '"')
}
