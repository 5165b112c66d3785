// Package view describes a page as a tree of values, and brings the real page up to date with the least changes.
package view

// Node is an element or a text.
type Node interface{ node() }

// Text is text on the page.
type Text string

// Element is one element with what is in it.
type Element struct {
	Tag string
	// Key tells siblings apart, so that an element that moves stays the same element on the page.
	Key        string
	Attributes []Attribute
	Handlers   []Handler
	Children   []Node
}

// Attribute is one attribute. One that is not there is removed from the page.
type Attribute struct{ Name, Value string }

// Handler runs when an event of its type happens to the element, or to something in it that has no handler for it.
type Handler struct {
	Type string
	Run  func(*Event)
}

// Event is what a handler gets to know.
type Event struct {
	Type, Value, Key string
	Checked          bool
	Ctrl, Shift      bool
	// Handled keeps the browser from doing what it usually does.
	Handled bool
}

func (Text) node()     {}
func (*Element) node() {}

// Part is what an element is made of: a text, an element, an attribute, a handler, or several of them.
type Part interface{ join(*Element) }

// Parts are several parts; empty, they are nothing.
type Parts []Part

func (t Text) join(parent *Element)      { parent.Children = append(parent.Children, t) }
func (e *Element) join(parent *Element)  { parent.Children = append(parent.Children, e) }
func (a Attribute) join(parent *Element) { parent.Attributes = append(parent.Attributes, a) }
func (h Handler) join(parent *Element)   { parent.Handlers = append(parent.Handlers, h) }
func (p Parts) join(parent *Element) {
	for _, part := range p {
		part.join(parent)
	}
}

type key string

func (k key) join(parent *Element) { parent.Key = string(k) }

// E makes an element.
func E(tag string, parts ...Part) *Element {
	element := &Element{Tag: tag}
	Parts(parts).join(element)
	return element
}

// Key gives the element its key.
func Key(name string) Part { return key(name) }

// Attr sets an attribute.
func Attr(name, value string) Part { return Attribute{name, value} }

// Class sets the classes of the element.
func Class(names string) Part { return Attribute{"class", names} }

// Flag sets an attribute that has no value, such as disabled, if it is on.
func Flag(name string, on bool) Part { return If(on, Attribute{name, ""}) }

// On handles events of a type.
func On(event string, run func(*Event)) Part { return Handler{event, run} }

// If is the part if the condition holds, and nothing otherwise.
func If(condition bool, part Part) Part {
	if condition {
		return part
	}
	return Parts(nil)
}

// Each makes a part of every item.
func Each[Item any](items []Item, part func(Item) Part) Part {
	parts := make(Parts, 0, len(items))
	for _, item := range items {
		parts = append(parts, part(item))
	}
	return parts
}

func (e *Element) handler(event string) func(*Event) {
	for _, handler := range e.Handlers {
		if handler.Type == event {
			return handler.Run
		}
	}
	return nil
}

func (e *Element) attribute(name string) (string, bool) {
	for _, attribute := range e.Attributes {
		if attribute.Name == name {
			return attribute.Value, true
		}
	}
	return "", false
}
