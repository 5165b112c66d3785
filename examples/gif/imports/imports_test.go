package imports

import (
	"fmt"
	"testing"
)

// one of each kind, as a compiler writes them; then a section that is not read.
var module = []byte("\x00asm\x01\x00\x00\x00" + section(1, "\x01\x60\x00\x00") + section(2, "\x06"+
	"\x16wasi_snapshot_preview1\x07fd_read\x00\x00"+
	"\x03env\x01t\x01\x70\x01\x01\x80\x01"+
	"\x03env\x01m\x02\x00\x01"+
	"\x03env\x01g\x03\x7f\x00"+
	"\x03env\x01e\x04\x00\x00"+
	"\x00\x01x\x00\x00") + section(0x7f, ""))

func section(kind byte, contents string) string {
	return string([]byte{kind, byte(len(contents))}) + contents
}

func TestImportsOfAllKinds(t *testing.T) {
	found, err := Of(module)
	if err != nil || fmt.Sprint(found) != "[wasi_snapshot_preview1.fd_read env.t env.m env.g env.e .x]" {
		t.Errorf("%v, %v", found, err)
	}
	if foreign := Foreign(found, "env.m", "env.g"); fmt.Sprint(foreign) != "[env.t env.e .x]" {
		t.Errorf("%v", foreign)
	}
}

func TestModulesWithoutImports(t *testing.T) {
	for _, text := range []string{"\x00asm\x01\x00\x00\x00", "\x00asm\x01\x00\x00\x00\x02\x01\x00"} {
		if found, err := Of([]byte(text)); err != nil || len(found) > 0 {
			t.Errorf("%v, %v", found, err)
		}
	}
}

func TestWhatIsNoModule(t *testing.T) {
	// A component is of another version.
	for _, text := range []string{"", "\x00asm", "hello, world", "\x00asm\x0d\x00\x01\x00"} {
		if found, err := Of([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, found)
		}
	}
	// Without its end, wherever that begins; but a module may end after its types, and nothing is read after the imports.
	afterTypes, afterImports := 8+6, len(module)-2
	for size := 9; size < afterImports; size++ {
		if found, err := Of(module[:size]); err == nil && size != afterTypes {
			t.Errorf("%d bytes: %v", size, found)
		}
	}
	if _, err := Of([]byte("\x00asm\x01\x00\x00\x00\x02\x05\x01\x00\x00\x09\x00")); err == nil || err.Error() != ".: there is no kind 9 of imports" {
		t.Errorf("%v", err)
	}
}
