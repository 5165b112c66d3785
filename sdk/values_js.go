//go:build js && wasm

package live

import "syscall/js"

// The zero value is JavaScript's undefined.
type values struct {
	object js.Value
}

func (v values) get(name string) js.Value {
	if !v.object.Truthy() {
		return js.Undefined()
	}
	return v.object.Get(name)
}

func (v values) set(name string, value any) {
	if v.object.Truthy() {
		v.object.Set(name, value)
	}
}

func (v values) has(name string) bool {
	return !v.get(name).IsUndefined()
}

func (v values) remove(name string) {
	if v.object.Truthy() {
		v.object.Delete(name)
	}
}

func (v values) text(name string) (string, bool) {
	value := v.get(name)
	if value.Type() != js.TypeString {
		return "", false
	}
	return value.String(), true
}

func (v values) setText(name string, value string) {
	v.set(name, value)
}

// Beyond it a JavaScript number is no longer every integer.
const largestExact = 1 << 53

func (v values) whole(name string) (int, bool) {
	value := v.get(name)
	switch value.Type() {
	case js.TypeNumber:
		number := value.Float()
		whole := int(number)
		// Also false for NaN, fractions, and numbers that int cannot hold.
		return whole, float64(whole) == number
	case js.TypeObject:
		high, low := value.Get("high"), value.Get("low")
		if high.Type() != js.TypeNumber || low.Type() != js.TypeNumber {
			return 0, false
		}
		wide := int64(high.Float())<<32 | int64(low.Float())
		return int(wide), int64(int(wide)) == wide
	}
	return 0, false
}

func (v values) setWhole(name string, value int) {
	wide := int64(value)
	if -largestExact <= wide && wide <= largestExact {
		v.set(name, value)
		return
	}
	// Two halves rather than digits: package strconv would be the larger part of a small TinyGo program.
	halves := js.Global().Get("Object").New()
	halves.Set("high", float64(wide>>32))
	halves.Set("low", float64(uint32(wide)))
	v.set(name, halves)
}

func (v values) number(name string) (float64, bool) {
	value := v.get(name)
	if value.Type() != js.TypeNumber {
		return 0, false
	}
	return value.Float(), true
}

func (v values) setNumber(name string, value float64) {
	v.set(name, value)
}

func (v values) truth(name string) (bool, bool) {
	value := v.get(name)
	if value.Type() != js.TypeBoolean {
		return false, false
	}
	return value.Bool(), true
}

func (v values) setTruth(name string, value bool) {
	v.set(name, value)
}

func (v values) bytes(name string) ([]byte, bool) {
	value := v.get(name)
	if value.Type() != js.TypeObject || !value.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil, false
	}
	content := make([]byte, value.Length())
	js.CopyBytesToGo(content, value)
	return content, true
}

func (v values) setBytes(name string, value []byte) {
	array := js.Global().Get("Uint8Array").New(len(value))
	js.CopyBytesToJS(array, value)
	v.set(name, array)
}
