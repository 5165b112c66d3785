package protocol

import "devserver.dev/examples/gif/animation"

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
			refusal.because(notANumber).name(object.name).say(" is no whole number")
		}
	}
	if object.isBroken {
		r.isPayloadKnown = false
		refusal.because(notJSON).say("the header is no JSON object; byte ").number(int64(object.at)).say(" does not belong to one")
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
			r.refusal.because(repeatedField).say(field).say(" is there twice")
			return
		}
		r.seen[number] = true
		r.set(field, value)
		return
	}
	r.refusal.because(string(animation.UnknownField)).name(name)
	r.say(animation.Problem{Kind: animation.UnknownField})
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
		r.refusal.because(string(problem.Kind))
		r.say(problem)
	}
}

// check looks at the fields together.
func (r *headerReader) check() {
	options := &r.header.options
	if problem := options.Check(); problem.Kind != animation.None {
		r.refusal.because(string(problem.Kind))
		r.say(problem)
		return
	}
	whole := 4 * int64(options.Frames) * int64(options.Width) * int64(options.Height)
	if r.header.payload != 0 && r.header.payload != whole {
		r.refusal.because(wrongPayload).say("a payload of ").number(r.header.payload).
			say(" bytes; frames * width * height * 4 are ").number(whole).say(", and none is needed")
	}
}

func (r *headerReader) say(problem animation.Problem) {
	if r.refusal.isHeard {
		r.refusal.text = problem.Append(r.refusal.text)
	}
}

// isText compares without the string that TinyGo would make.
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
