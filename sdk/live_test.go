//go:build !(js && wasm)

package live_test

import (
	"strings"
	"testing"
	"time"

	"devserver.dev/live"
	"devserver.dev/live/livejson"
)

func TestWithoutAPageAcceptRunsWithEmptyData(t *testing.T) {
	runs := 0
	live.Accept(func(data live.Data) {
		runs++
		data.SetInt("count", 5)
		if data.Has("count") || data.Int("count", 7) != 7 || data.String("name", "x") != "x" {
			t.Error("the data is not empty")
		}
		if !data.Bool("on", true) || data.Float("ratio", 0.5) != 0.5 || string(data.Bytes("raw", []byte("r"))) != "r" {
			t.Error("the caller's values are not returned")
		}
	})
	if runs != 1 {
		t.Errorf("Accept ran its function %d times", runs)
	}
}

func TestWithoutAPageNothingElseHappens(t *testing.T) {
	live.Dispose(func(live.Data) { t.Error("Dispose ran its function") })
	live.OnPatch(func([]string) { t.Error("OnPatch ran its function") })
	live.Invalidate("no reason")
	if live.Active() || live.Generation() != 0 {
		t.Errorf("Active() = %v, Generation() = %d", live.Active(), live.Generation())
	}
	count, started := 3, time.Unix(5, 0)
	live.Keep("count", &count)
	live.Keep("started", &started)
	tags := map[string]int{"a": 1}
	livejson.Keep("tags", &tags)
	if count != 3 || started != time.Unix(5, 0) || len(tags) != 1 {
		t.Error("Keep changed a variable")
	}
}

func TestKeepRefusesTypesWithoutAFixedForm(t *testing.T) {
	defer func() {
		message, _ := recover().(string)
		if !strings.Contains(message, `live.Keep("tags")`) || !strings.Contains(message, "livejson.Keep") {
			t.Errorf("Keep says %q", message)
		}
	}()
	tags := []string{"a"}
	live.Keep("tags", &tags)
}
