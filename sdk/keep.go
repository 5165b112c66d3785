package live

import "encoding"

// Keep makes one variable live on: it reads the value that the instance before this one had under the same name, if
// there is one, and writes the variable's value when the next instance is about to start. Like [Accept] it says that
// this program can take over. Call it before the variable is used.
//
// pointer is a *int, *string, *bool, *float64 or *[]byte, or implements both [encoding.BinaryMarshaler] and
// [encoding.BinaryUnmarshaler], as *time.Time does. Anything else is a mistake in the program and panics. Package
// devserver.dev/live/livejson keeps variables of all other types.
//
// A value that cannot be read or written is reported on the console; the variable stays as it is.
func Keep(name string, pointer any) {
	if !keepable(pointer) {
		panic("live.Keep(\"" + name + "\"): the type has no fixed form; use livejson.Keep, or implement encoding.BinaryMarshaler and BinaryUnmarshaler on the pointer")
	}
	if !Active() {
		return
	}
	announce()
	restore(handedOver(), name, pointer)
	Dispose(func(data Data) { save(data, name, pointer) })
}

type binary interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

func keepable(pointer any) bool {
	switch pointer.(type) {
	case *int, *string, *bool, *float64, *[]byte, binary:
		return true
	}
	return false
}

func restore(data Data, name string, pointer any) {
	switch variable := pointer.(type) {
	case *int:
		*variable = data.Int(name, *variable)
	case *string:
		*variable = data.String(name, *variable)
	case *bool:
		*variable = data.Bool(name, *variable)
	case *float64:
		*variable = data.Float(name, *variable)
	case *[]byte:
		*variable = data.Bytes(name, *variable)
	case binary:
		content := data.Bytes(name, nil)
		if content == nil {
			return
		}
		if err := variable.UnmarshalBinary(content); err != nil {
			warn("live: \"" + name + "\" is not taken over: " + err.Error())
		}
	}
}

func save(data Data, name string, pointer any) {
	switch variable := pointer.(type) {
	case *int:
		data.SetInt(name, *variable)
	case *string:
		data.SetString(name, *variable)
	case *bool:
		data.SetBool(name, *variable)
	case *float64:
		data.SetFloat(name, *variable)
	case *[]byte:
		data.SetBytes(name, *variable)
	case binary:
		content, err := variable.MarshalBinary()
		if err != nil {
			warn("live: \"" + name + "\" is not handed over: " + err.Error())
			return
		}
		data.SetBytes(name, content)
	}
}
