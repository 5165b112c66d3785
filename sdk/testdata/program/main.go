//go:build js && wasm

// A program that uses every part of the contract; testdata/page.cjs plays the page around it.
package main

import (
	"errors"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"devserver.dev/live"
	"devserver.dev/live/livejson"
)

type note struct {
	Title string
	Done  bool
	Tags  map[string]int
}

// picky can be read only in part: a value that does not fit must leave the variable alone.
type picky struct{ text string }

func (p *picky) MarshalBinary() ([]byte, error) {
	if p.text == "secret" {
		return nil, errors.New("it is secret")
	}
	return []byte(p.text), nil
}

func (p *picky) UnmarshalBinary(content []byte) error {
	if string(content) == "broken" {
		return errors.New("it is broken")
	}
	p.text = string(content)
	return nil
}

var (
	count   = 40
	large   = int(9007199254740993 & int64(^uint(0)>>1))
	title   = "first"
	ready   = false
	ratio   = 0.25
	content = []byte{0, 255, 7}
	started = time.Unix(1700000000, 0).UTC()
	fussy   = picky{"fine"}
	notes   = []note{{Title: "initial", Tags: map[string]int{"initial": 1}}}
	socket  js.Value
	calls   int
	patched string
)

func main() {
	live.Keep("count", &count)
	live.Keep("large", &large)
	live.Keep("title", &title)
	live.Keep("ready", &ready)
	live.Keep("ratio", &ratio)
	live.Keep("content", &content)
	live.Keep("started", &started)
	live.Keep("fussy", &fussy)
	livejson.Keep("notes", &notes)
	live.Accept(func(data live.Data) {
		calls++
		socket = data.Object("socket")
		if socket.IsUndefined() {
			socket = js.Global().Get("openSocket").Invoke()
		}
	})
	live.Dispose(func(data live.Data) { data.SetObject("socket", socket) })
	live.Dispose(func(data live.Data) { data.SetInt("order", data.Int("order", 0)*10+1) })
	live.Dispose(func(data live.Data) { data.SetInt("order", data.Int("order", 0)*10+2) })
	live.OnPatch(func(functions []string) { patched += "first[" + strings.Join(functions, " ") + "] " })
	live.OnPatch(func(functions []string) { patched += "second[" + strconv.Itoa(len(functions)) + "] " })

	program := js.Global().Get("Object").New()
	program.Set("change", js.FuncOf(func(js.Value, []js.Value) any {
		count += 2
		large--
		title += " é"
		ready = !ready
		ratio *= 2
		content = append(content, 9)
		started = started.Add(time.Hour)
		fussy.text = "finer"
		notes = append(notes[:0:0], note{Title: "changed", Done: true, Tags: map[string]int{"a": 1}})
		return nil
	}))
	program.Set("hide", js.FuncOf(func(js.Value, []js.Value) any {
		fussy.text = "secret"
		return nil
	}))
	program.Set("patched", js.FuncOf(func(js.Value, []js.Value) any { return patched }))
	program.Set("invalidate", js.FuncOf(func(js.Value, []js.Value) any {
		live.Invalidate("the shape of notes changed")
		return nil
	}))
	program.Set("state", js.FuncOf(func(js.Value, []js.Value) any {
		bytes := js.Global().Get("Uint8Array").New(len(content))
		js.CopyBytesToJS(bytes, content)
		return map[string]any{
			"active": live.Active(), "generation": live.Generation(), "calls": calls,
			"count": count, "largeRest": large % 1000, "title": title, "ready": ready, "ratio": ratio, "content": bytes,
			"started": int(started.Unix()), "fussy": fussy.text, "socket": socket,
			"notes": len(notes), "note": notes[0].Title, "done": notes[0].Done, "tags": len(notes[0].Tags),
		}
	}))
	js.Global().Get("started").Invoke(program)
	select {}
}
