package protocol

import "strconv"

// What can be wrong with a request beside what can be wrong with options and with frames.
const (
	headerTooLong    = "header-too-long"
	notJSON          = "header-not-json"
	notANumber       = "not-a-number"
	repeatedField    = "repeated-field"
	wrongPayload     = "wrong-payload"
	truncatedLength  = "truncated-length"
	truncatedHeader  = "truncated-header"
	truncatedPayload = "truncated-payload"
)

// refusal is why a request gets no GIF: one of the codes of PROTOCOL.md, and words. Without a code nothing is refused.
// It keeps the first reason: what is said after a later one is not heard.
type refusal struct {
	code string
	text []byte
	// What the text is written to, so that nothing is allocated for it.
	room    [256]byte
	isHeard bool
}

func (r *refusal) reset() {
	r.code = ""
}

func (r *refusal) because(code string) *refusal {
	r.isHeard = r.code == ""
	if r.isHeard {
		r.code = code
		r.text = r.room[:0]
	}
	return r
}

func (r *refusal) say(words string) *refusal {
	if r.isHeard {
		r.text = append(r.text, words...)
	}
	return r
}

func (r *refusal) number(number int64) *refusal {
	if r.isHeard {
		r.text = strconv.AppendInt(r.text, number, 10)
	}
	return r
}

// name quotes a name of the request's, of which no more is said than fits into a line.
func (r *refusal) name(name []byte) *refusal {
	if !r.isHeard {
		return r
	}
	r.text = append(r.text, '"')
	for place, sign := range name {
		if place == 40 {
			r.text = append(r.text, "..."...)
			break
		}
		if sign < ' ' || sign > '~' {
			sign = '?'
		}
		r.text = append(r.text, sign)
	}
	r.text = append(r.text, '"')
	return r
}
