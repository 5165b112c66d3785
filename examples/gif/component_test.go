//go:build !js

package main

import (
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"devserver.dev/examples/gif/framestream"
	"devserver.dev/examples/gif/imports"
)

// call is one of push-frame, or of finish if it has no width.
type call struct {
	Length uint32  `json:"length"`
	Pts    *uint64 `json:"pts,omitempty"`
	Width  uint32  `json:"width"`
	Height uint32  `json:"height"`
}

func push(length uint32, pts uint64, width, height uint32) call {
	return call{length, &pts, width, height}
}

// TestComponent calls the component's module as a host of components does, and a Stream in the same way.
func TestComponent(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	module := tinygo(t, "wasm-unknown", "./component")
	if wanted, err := imports.Of(read(t, module)); err != nil || len(wanted) > 0 {
		t.Errorf("it wants %v; %v", wanted, err)
	}
	calls := []call{
		{}, // no-frames
		push(0, 0, 0, 5), push(0, 0, 1025, 5), push(0, 0, 5, 0), push(0, 0, 5, 1<<31), push(0, 0, 5, 4), push(81, 0, 5, 4),
		push(80, 1_000, 5, 4), push(80, 1_000, 5, 4), push(80, 0, 5, 4), push(96, 2_000, 6, 4), push(100, 2_000, 5, 5),
		push(80, 1_100, 5, 4), push(80, 1_153, 5, 4), {}, {},
		push(4*300*200, 7, 300, 200), push(4*300*200, 77, 300, 200), {},
	}
	text, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(node, "testdata/push.mjs", module)
	command.Stdin = strings.NewReader(string(text))
	var returned []any
	if err := json.Unmarshal([]byte(run(t, command)), &returned); err != nil {
		t.Fatal(err)
	}
	var stream framestream.Stream
	for number, call := range calls {
		if expected := callStream(&stream, call); number >= len(returned) || !reflect.DeepEqual(returned[number], expected) {
			t.Errorf("call %d returned %.200v instead of %.200v", number, returned, expected)
			break
		}
	}
}

func callStream(stream *framestream.Stream, call call) any {
	var gif []byte
	var problem framestream.Problem
	if call.Pts == nil {
		gif, problem = stream.Finish()
	} else {
		data := make([]byte, call.Length)
		for place := range data {
			data[place] = byte(int(*call.Pts) + place)
		}
		problem = stream.PushFrame(data, *call.Pts, call.Width, call.Height)
	}
	switch {
	case problem.Kind != framestream.Fine:
		return map[string]any{
			"kind": float64(problem.Kind), "expected": float64(problem.Expected), "actual": float64(problem.Actual),
		}
	case call.Pts == nil:
		return hex.EncodeToString(gif)
	}
	return nil
}
