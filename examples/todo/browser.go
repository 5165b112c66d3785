//go:build js && wasm

package main

import (
	"syscall/js"

	"devserver.dev/examples/todo/view"
)

// browser is what the application asks of the page around it.
type browser struct {
	document js.Value
	// The element that gets the cursor after the next rendering; nowhere takes it from where it is.
	wanted string
}

const nowhere = "nowhere"

// Focus moves the cursor to the element with this id after the next rendering; an empty id takes it away.
func (b *browser) Focus(id string) {
	b.wanted = id
	if id == "" {
		b.wanted = nowhere
	}
}

// Download offers the user a file.
func (b *browser) Download(name, content string) {
	blob := js.Global().Get("Blob").New([]any{content}, map[string]any{"type": "application/json"})
	address := js.Global().Get("URL").Call("createObjectURL", blob)
	link := b.document.Call("createElement", "a")
	link.Set("href", address)
	link.Set("download", name)
	link.Call("click")
	js.Global().Get("URL").Call("revokeObjectURL", address)
}

func (b *browser) element(id string) js.Value {
	return b.document.Call("getElementById", id)
}

func (b *browser) focused() string {
	return b.document.Get("activeElement").Get("id").String()
}

func (b *browser) giveFocus() {
	id := b.wanted
	b.wanted = ""
	switch {
	case id == nowhere:
		b.document.Get("activeElement").Call("blur")
	case id != "":
		if element := b.element(id); !element.IsNull() {
			element.Call("focus")
		}
	}
}

// onKey listens to the keys of the whole page. The callback lives as long as the program does, hence no Release.
func (b *browser) onKey(handle func(event *view.Event, typing bool)) {
	b.document.Call("addEventListener", "keydown", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		event := view.EventOf(arguments[0])
		handle(event, b.isTyping(arguments[0], event.Key))
		if event.Handled {
			arguments[0].Call("preventDefault")
		}
		return nil
	}))
}

// isTyping tells whether the key belongs to the element with the cursor.
func (b *browser) isTyping(event js.Value, key string) bool {
	target := event.Get("target")
	switch target.Get("tagName").String() {
	case "TEXTAREA", "SELECT":
		return true
	case "INPUT":
		return target.Get("type").String() != "checkbox"
	case "BUTTON":
		return key == "Enter"
	}
	return false
}
