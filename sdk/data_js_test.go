//go:build js && wasm

package live

import (
	"bytes"
	"math"
	"syscall/js"
	"testing"
)

func TestDataKeepsWhatIsWritten(t *testing.T) {
	data := dataOf(js.Global().Get("Object").New())
	for _, number := range []int{0, -1, 42, 1 << 31, -1 << 31, 1 << 53, 1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64} {
		data.SetInt("number", number)
		if got := data.Int("number", 7); got != number {
			t.Errorf("%d came back as %d", number, got)
		}
	}
	data.SetString("text", "héllo \x00 ☃")
	if got := data.String("text", ""); got != "héllo \x00 ☃" {
		t.Errorf("the text came back as %q", got)
	}
	data.SetFloat("infinite", math.Inf(-1))
	if got := data.Float("infinite", 0); !math.IsInf(got, -1) {
		t.Errorf("-Inf came back as %v", got)
	}
	data.SetBool("on", false)
	if data.Bool("on", true) {
		t.Error("false came back as true")
	}
	written := []byte{1, 2, 3}
	data.SetBytes("raw", written)
	written[0] = 9
	if got := data.Bytes("raw", nil); !bytes.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("bytes came back as %v: not a copy", got)
	}
	data.SetBytes("none", nil)
	if got := data.Bytes("none", []byte{1}); len(got) != 0 {
		t.Errorf("no bytes came back as %v", got)
	}
	data.Delete("raw")
	if data.Has("raw") || !data.Has("on") {
		t.Error("Delete removed the wrong value")
	}
}

func TestEmptyDataDropsWhatIsWritten(t *testing.T) {
	var data Data
	data.SetInt("count", 1)
	data.SetBytes("raw", []byte{1})
	data.Delete("count")
	if data.Has("count") || data.Int("count", 5) != 5 || !data.Object("raw").IsUndefined() {
		t.Error("the zero Data keeps values")
	}
}

func TestObjectsAreHandedOverThemselves(t *testing.T) {
	data := dataOf(js.Global().Get("Object").New())
	socket := js.Global().Get("Object").New()
	data.SetObject("socket", socket)
	if !data.Object("socket").Equal(socket) {
		t.Error("another object came back")
	}
}
