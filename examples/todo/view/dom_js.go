//go:build js && wasm

package view

import (
	"strconv"
	"syscall/js"
)

// Page is an element of the document that shows a tree.
type Page struct {
	renderer *Renderer[js.Value]
}

// NewPage empties the element and draws into it. After every event that a handler saw, it calls handled. One callback
// serves all elements, and lives as long as the program does.
func NewPage(into js.Value, handled func()) *Page {
	into.Call("replaceChildren")
	page := &Page{NewRenderer(dom{js.Global().Get("document")}, into)}
	listener := js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		// A field that nobody asked about keeps what was just put into it: rendering would set it back.
		if page.dispatch(arguments[0]) {
			handled()
		}
		return nil
	})
	for _, event := range []string{"click", "dblclick", "input", "change", "submit", "keydown"} {
		into.Call("addEventListener", event, listener)
	}
	return page
}

// Render makes the page show the nodes.
func (p *Page) Render(nodes ...Node) {
	p.renderer.Render(nodes...)
}

func (p *Page) dispatch(event js.Value) bool {
	element := event.Get("target").Call("closest", "["+NumberAttribute+"]")
	if element.IsNull() {
		return false
	}
	number, err := strconv.Atoi(element.Call("getAttribute", NumberAttribute).String())
	if err != nil {
		return false
	}
	seen := EventOf(event)
	known := p.renderer.Dispatch(number, seen)
	if seen.Handled {
		event.Call("preventDefault")
	}
	return known
}

// EventOf reads an event of the document.
func EventOf(event js.Value) *Event {
	target := event.Get("target")
	return &Event{
		Type:    event.Get("type").String(),
		Value:   text(target.Get("value")),
		Key:     text(event.Get("key")),
		Checked: target.Get("checked").Truthy(),
		Ctrl:    event.Get("ctrlKey").Truthy() || event.Get("metaKey").Truthy(),
		Shift:   event.Get("shiftKey").Truthy(),
	}
}

func text(value js.Value) string {
	if value.Type() != js.TypeString {
		return ""
	}
	return value.String()
}

type dom struct{ document js.Value }

func (d dom) Element(tag string) js.Value                 { return d.document.Call("createElement", tag) }
func (d dom) Text(text string) js.Value                   { return d.document.Call("createTextNode", text) }
func (d dom) SetText(place js.Value, text string)         { place.Set("data", text) }
func (d dom) Append(parent, child js.Value)               { parent.Call("appendChild", child) }
func (d dom) InsertBefore(parent, child, before js.Value) { parent.Call("insertBefore", child, before) }
func (d dom) Remove(parent, child js.Value)               { parent.Call("removeChild", child) }
func (d dom) RemoveAttribute(place js.Value, name string) {
	switch name {
	case "value":
		place.Set(name, "")
	case "checked":
		place.Set(name, false)
	default:
		place.Call("removeAttribute", name)
	}
}

// The attributes value and checked are only what a field begins with; what it holds is a property.
func (d dom) SetAttribute(place js.Value, name, value string) {
	switch name {
	case "value":
		// Setting it moves the cursor to the end.
		if place.Get(name).String() != value {
			place.Set(name, value)
		}
	case "checked":
		place.Set(name, true)
	default:
		place.Call("setAttribute", name, value)
	}
}
