package protocol

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
type refusal struct {
	code string
	text []byte
	// What the text is written to, so that nothing is allocated for it.
	room [256]byte
}

func (r *refusal) reset() {
	r.code = ""
}

// because keeps the first reason only.
func (r *refusal) because(code string, say func(text []byte) []byte) {
	if r.code == "" {
		r.code = code
		r.text = say(r.room[:0])
	}
}
