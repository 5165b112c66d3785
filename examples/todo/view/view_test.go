package view

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// place is a node of a document in memory.
type place struct {
	tag, text  string
	attributes map[string]string
	children   []*place
}

// paper counts what is done to it, and fails when it is told nonsense.
type paper struct {
	t     *testing.T
	calls map[string]int
}

func (p *paper) Element(tag string) *place { return &place{tag: tag, attributes: map[string]string{}} }
func (p *paper) Text(text string) *place   { return &place{text: text} }

func (p *paper) SetText(at *place, text string) {
	p.calls["text"]++
	at.text = text
}

func (p *paper) SetAttribute(at *place, name, value string) {
	p.calls["attribute"]++
	at.attributes[name] = value
}

func (p *paper) RemoveAttribute(at *place, name string) { delete(at.attributes, name) }

func (p *paper) Append(parent, child *place) {
	p.take(parent, child)
	parent.children = append(parent.children, child)
}

func (p *paper) InsertBefore(parent, child, before *place) {
	p.take(parent, child)
	at := slices.Index(parent.children, before)
	if at < 0 {
		p.t.Fatal("inserted before something that is not there")
	}
	parent.children = slices.Insert(parent.children, at, child)
}

func (p *paper) Remove(parent, child *place) {
	p.calls["remove"]++
	parent.children = slices.DeleteFunc(parent.children, func(other *place) bool { return other == child })
}

func (p *paper) take(parent, child *place) {
	p.calls["move"]++
	parent.children = slices.DeleteFunc(parent.children, func(other *place) bool { return other == child })
}

func (at *place) String() string {
	if at.tag == "" {
		return at.text
	}
	var names []string
	for name, value := range at.attributes {
		if name != NumberAttribute {
			names = append(names, fmt.Sprintf(" %s=%s", name, value))
		}
	}
	slices.Sort(names)
	var inner strings.Builder
	for _, child := range at.children {
		inner.WriteString(child.String())
	}
	return "<" + at.tag + strings.Join(names, "") + ">" + inner.String() + "</>"
}

func drawing(t *testing.T) (*Renderer[*place], *place, *paper) {
	root := &place{tag: "root", attributes: map[string]string{}}
	surface := &paper{t, map[string]int{}}
	return NewRenderer[*place](surface, root), root, surface
}

func list(keys ...string) *Element {
	return E("ul", Each(keys, func(name string) Part { return E("li", Key(name), Text(name)) }))
}

func TestRenderReachesEveryTreeFromEveryOther(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	renderer, root, _ := drawing(t)
	kept := map[string]*place{}
	for round := 0; round < 2000; round++ {
		var keys []string
		for _, at := range random.Perm(9)[:random.Intn(10)] {
			keys = append(keys, string(rune('a'+at)))
		}
		renderer.Render(list(keys...))
		got := root.children[0]
		if text := strings.ReplaceAll(strings.ReplaceAll(got.String(), "<li>", ""), "</>", ""); text != "<ul>"+strings.Join(keys, "") {
			t.Fatalf("round %d shows %s, want %v", round, got, keys)
		}
		now := map[string]*place{}
		for i, name := range keys {
			now[name] = got.children[i]
			if before := kept[name]; before != nil && before != now[name] {
				t.Fatalf("round %d made %s anew", round, name)
			}
		}
		kept = now
	}
}

func TestRenderTouchesOnlyWhatChanged(t *testing.T) {
	renderer, root, surface := drawing(t)
	page := func(class, text string) Node {
		return E("div", Class(class), E("p", Text(text)), E("b", Attr("id", "b")), Text("end"))
	}
	renderer.Render(page("one", "hello"))
	for _, step := range []struct {
		node Node
		want map[string]int
	}{
		{page("one", "hello"), map[string]int{}},
		{page("one", "bye"), map[string]int{"text": 1}},
		{page("two", "bye"), map[string]int{"attribute": 1}},
		{E("div", E("p", Text("bye")), Text("end")), map[string]int{"remove": 1}},
	} {
		surface.calls = map[string]int{}
		renderer.Render(step.node)
		if fmt.Sprint(surface.calls) != fmt.Sprint(step.want) {
			t.Errorf("it took %v, want %v", surface.calls, step.want)
		}
	}
	if got := root.children[0].String(); got != "<div><p>bye</>end</>" {
		t.Errorf("the page is %s", got)
	}
}

func TestMovingOneItemBackLeavesTheOthers(t *testing.T) {
	renderer, _, surface := drawing(t)
	renderer.Render(list("a", "b", "c", "d"))
	surface.calls = map[string]int{}
	renderer.Render(list("b", "c", "d", "a"))
	if surface.calls["move"] != 1 {
		t.Errorf("it took %d moves", surface.calls["move"])
	}
}

func TestDispatchFindsTheNearestHandler(t *testing.T) {
	renderer, root, _ := drawing(t)
	var heard []string
	hear := func(what string) func(*Event) {
		return func(event *Event) { heard = append(heard, what+" "+event.Value) }
	}
	build := func(outer string) Node {
		return E("div", On("click", hear(outer)), On("change", hear("change")),
			E("p", E("button", On("click", hear("inner")), Text("x"))))
	}
	renderer.Render(build("old"))
	renderer.Render(build("new"))
	number := func(at *place) (number int) {
		fmt.Sscan(at.attributes[NumberAttribute], &number)
		return number
	}
	outer := root.children[0]
	inner := outer.children[0].children[0]
	renderer.Dispatch(number(inner), &Event{Type: "click", Value: "1"})
	renderer.Dispatch(number(inner), &Event{Type: "change", Value: "2"})
	renderer.Dispatch(number(outer), &Event{Type: "click", Value: "3"})
	if renderer.Dispatch(number(outer), &Event{Type: "input"}) {
		t.Error("somebody heard an event without a handler")
	}
	gone := number(inner)
	renderer.Render(E("div"))
	if renderer.Dispatch(gone, &Event{Type: "click"}) {
		t.Error("an element that is gone heard something")
	}
	if got := strings.Join(heard, ", "); got != "inner 1, change 2, new 3" {
		t.Errorf("heard: %s", got)
	}
}
