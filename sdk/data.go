package live

// Data is what one instance of a program hands to the next: values under names. It is a plain JavaScript object, so
// scripts of the page can read it too. Reading never fails: a value that is absent, or of another type because the
// new code means something else by the name, is answered with what the caller gives instead.
//
// The zero Data is empty and drops what is written to it.
type Data struct {
	values values
}

// Has tells whether there is a value of any type under this name.
func (data Data) Has(name string) bool {
	return data.values.has(name)
}

// Delete removes the value under this name, if there is one.
func (data Data) Delete(name string) {
	data.values.remove(name)
}

// String returns the text under this name, or otherwise.
func (data Data) String(name string, otherwise string) string {
	if text, found := data.values.text(name); found {
		return text
	}
	return otherwise
}

// SetString writes a text. Text that is not valid UTF-8 does not survive: hand bytes over with [Data.SetBytes].
func (data Data) SetString(name string, value string) {
	data.values.setText(name, value)
}

// Int returns the whole number under this name, or otherwise.
func (data Data) Int(name string, otherwise int) int {
	if number, found := data.values.whole(name); found {
		return number
	}
	return otherwise
}

// SetInt writes a whole number. All 64 bits survive, also those that a JavaScript number would round away.
func (data Data) SetInt(name string, value int) {
	data.values.setWhole(name, value)
}

// Float returns the number under this name, or otherwise.
func (data Data) Float(name string, otherwise float64) float64 {
	if number, found := data.values.number(name); found {
		return number
	}
	return otherwise
}

// SetFloat writes a number.
func (data Data) SetFloat(name string, value float64) {
	data.values.setNumber(name, value)
}

// Bool returns the truth value under this name, or otherwise.
func (data Data) Bool(name string, otherwise bool) bool {
	if truth, found := data.values.truth(name); found {
		return truth
	}
	return otherwise
}

// SetBool writes a truth value.
func (data Data) SetBool(name string, value bool) {
	data.values.setTruth(name, value)
}

// Bytes returns a copy of the bytes under this name, or otherwise.
func (data Data) Bytes(name string, otherwise []byte) []byte {
	if content, found := data.values.bytes(name); found {
		return content
	}
	return otherwise
}

// SetBytes writes a copy of the bytes, as a Uint8Array.
func (data Data) SetBytes(name string, value []byte) {
	data.values.setBytes(name, value)
}
