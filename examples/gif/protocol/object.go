package protocol

// object goes through the text of a JSON object of whole numbers, which is all that a header can be, without making
// anything of it.
type object struct {
	text []byte
	at   int
	// A member: its name as it was written, between the quotes, and its value.
	name     []byte
	number   int64
	isNumber bool
	// Whether the text is no such object; at is where that was seen.
	isBroken bool
	isBegun  bool
	isAtEnd  bool
}

// next finds a member. After one that is no whole number there is no other: what follows was not looked at.
func (o *object) next() bool {
	if o.isBroken || o.isAtEnd {
		return false
	}
	if !o.isBegun {
		o.isBegun = true
		o.expect('{')
		if !o.isBroken && o.sees('}') {
			o.end()
			return false
		}
	} else if o.sees('}') {
		o.end()
		return false
	} else {
		o.expect(',')
	}
	o.readName()
	o.expect(':')
	o.readNumber()
	return !o.isBroken
}

// end passes the last bracket, after which only blanks may follow.
func (o *object) end() {
	o.isAtEnd = true
	o.at++
	o.blanks()
	o.isBroken = o.at != len(o.text)
}

func (o *object) blanks() {
	for o.at < len(o.text) {
		switch o.text[o.at] {
		case ' ', '\t', '\n', '\r':
			o.at++
		default:
			return
		}
	}
}

// sees says whether this is the next sign after blanks.
func (o *object) sees(sign byte) bool {
	o.blanks()
	return o.at < len(o.text) && o.text[o.at] == sign
}

func (o *object) expect(sign byte) {
	if o.isBroken {
		return
	}
	if !o.sees(sign) {
		o.isBroken = true
		return
	}
	o.at++
}

// readName does not resolve escapes: no name that is known has any.
func (o *object) readName() {
	o.expect('"')
	if o.isBroken {
		return
	}
	from := o.at
	for ; o.at < len(o.text); o.at++ {
		switch sign := o.text[o.at]; {
		case sign == '"':
			o.name = o.text[from:o.at]
			o.at++
			return
		case sign == '\\':
			o.at++
		case sign < ' ':
			o.isBroken = true
			return
		}
	}
	o.at = len(o.text)
	o.isBroken = true
}

// most is where numbers end to be counted: greater than any that is allowed.
const most = 1 << 53

func (o *object) readNumber() {
	if o.isBroken {
		return
	}
	isNegative := o.sees('-')
	from := o.at
	o.isBroken = from == len(o.text)
	if isNegative {
		o.at++
	}
	digits := o.at
	o.number = 0
	for ; o.at < len(o.text) && o.text[o.at]-'0' <= 9; o.at++ {
		o.number = min(most, o.number*10+int64(o.text[o.at]-'0'))
	}
	isWhole := o.at > digits && (o.at == digits+1 || o.text[digits] != '0')
	if o.at < len(o.text) {
		switch o.text[o.at] {
		case '.', 'e', 'E':
			isWhole = false
		}
	}
	if isNegative {
		o.number = -o.number
	}
	o.isNumber = isWhole
	if !isWhole {
		o.at = from
		o.isAtEnd = true
	}
}
