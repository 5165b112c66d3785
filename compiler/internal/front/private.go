package front

import (
	"fmt"
	"reflect"
	"unsafe"
)

// private is a settable view of a field of TinyGo's loader, which has no way to check a package again. The version of
// TinyGo is pinned by go.mod, so that a layout that differs is found by the first test.
func private(structure any, name string) reflect.Value {
	field := reflect.ValueOf(structure).Elem().FieldByName(name)
	if !field.IsValid() {
		panic(fmt.Sprintf("%T has no field %s: this is another version of TinyGo", structure, name))
	}
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
}
