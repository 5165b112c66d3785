package view

import "strconv"

// Surface is what can be drawn on: the DOM, or a model of it in a test. Place is a node there.
type Surface[Place any] interface {
	Element(tag string) Place
	Text(text string) Place
	SetText(place Place, text string)
	SetAttribute(place Place, name, value string)
	RemoveAttribute(place Place, name string)
	Append(parent, child Place)
	InsertBefore(parent, child, before Place)
	Remove(parent, child Place)
}

// NumberAttribute marks elements with handlers; its value is what Dispatch takes.
const NumberAttribute = "data-view"

// Renderer keeps what is drawn on a surface equal to a tree.
type Renderer[Place any] struct {
	surface  Surface[Place]
	root     *drawn[Place]
	numbered map[int]*drawn[Place]
	next     int
}

type drawn[Place any] struct {
	node     Node
	place    Place
	parent   *drawn[Place]
	children []*drawn[Place]
	number   int
}

// NewRenderer draws into an empty place.
func NewRenderer[Place any](surface Surface[Place], into Place) *Renderer[Place] {
	root := &drawn[Place]{node: E("root"), place: into}
	return &Renderer[Place]{surface: surface, root: root, numbered: map[int]*drawn[Place]{}}
}

// Render makes the surface show the nodes.
func (r *Renderer[Place]) Render(nodes ...Node) {
	r.children(r.root, nodes)
}

// Dispatch hands an event to the nearest handler, from the element with this number outwards, and tells whether there
// is one.
func (r *Renderer[Place]) Dispatch(number int, event *Event) bool {
	for at := r.numbered[number]; at != nil; at = at.parent {
		if element, is := at.node.(*Element); is {
			if run := element.handler(event.Type); run != nil {
				run(event)
				return true
			}
		}
	}
	return false
}

func (r *Renderer[Place]) children(parent *drawn[Place], nodes []Node) {
	old := parent.children
	reused := make([]bool, len(old))
	fresh := make([]*drawn[Place], len(nodes))
	start := 0
	for i, node := range nodes {
		if at := match(old, reused, start, node); at >= 0 {
			reused[at] = true
			fresh[i] = old[at]
			// Usually the next node is the next one of the old ones.
			start = at + 1
			r.update(old[at], node)
		} else {
			fresh[i] = r.create(parent, node)
		}
	}
	var remaining []*drawn[Place]
	for i, child := range old {
		if reused[i] {
			remaining = append(remaining, child)
			continue
		}
		r.surface.Remove(parent.place, child.place)
		r.forget(child)
	}
	r.arrange(parent, remaining, fresh)
	parent.children = fresh
}

// match finds the drawn node that can become this one; looks from start on, then from the beginning.
func match[Place any](old []*drawn[Place], reused []bool, start int, node Node) int {
	for step := range old {
		at := (start + step) % len(old)
		if !reused[at] && same(old[at].node, node) {
			return at
		}
	}
	return -1
}

func same(a, b Node) bool {
	first, isElement := a.(*Element)
	second, areElements := b.(*Element)
	if isElement != areElements {
		return false
	}
	return !isElement || first.Tag == second.Tag && first.Key == second.Key
}

// arrange puts the children in their order; those that are in it already are not touched, so that they keep the focus.
func (r *Renderer[Place]) arrange(parent *drawn[Place], current, wanted []*drawn[Place]) {
	for _, child := range wanted {
		switch {
		case len(current) == 0:
			r.surface.Append(parent.place, child.place)
			continue
		case current[0] != child && len(current) > 1 && current[1] == child:
			// One that moved back: moving it is less than moving all that follow.
			current = append(append(current[1:2:2], current[2:]...), current[0])
			r.surface.Append(parent.place, current[len(current)-1].place)
		}
		if current[0] == child {
			current = current[1:]
			continue
		}
		r.surface.InsertBefore(parent.place, child.place, current[0].place)
		for i, other := range current {
			if other == child {
				current = append(current[:i:i], current[i+1:]...)
				break
			}
		}
	}
}

func (r *Renderer[Place]) create(parent *drawn[Place], node Node) *drawn[Place] {
	made := &drawn[Place]{parent: parent}
	switch node := node.(type) {
	case Text:
		made.node = node
		made.place = r.surface.Text(string(node))
	case *Element:
		made.node = &Element{Tag: node.Tag, Key: node.Key}
		made.place = r.surface.Element(node.Tag)
		r.update(made, node)
	}
	return made
}

func (r *Renderer[Place]) update(at *drawn[Place], node Node) {
	switch node := node.(type) {
	case Text:
		if at.node != Node(node) {
			r.surface.SetText(at.place, string(node))
		}
	case *Element:
		// Children first: the value of a select names one of its options.
		r.children(at, node.Children)
		r.attributes(at, at.node.(*Element), node)
		r.number(at, node)
	}
	at.node = node
}

func (r *Renderer[Place]) attributes(at *drawn[Place], old, fresh *Element) {
	for _, attribute := range old.Attributes {
		if _, wanted := fresh.attribute(attribute.Name); !wanted {
			r.surface.RemoveAttribute(at.place, attribute.Name)
		}
	}
	for _, attribute := range fresh.Attributes {
		// People change values and ticks themselves: what was set last says nothing about what is there.
		volatile := attribute.Name == "value" || attribute.Name == "checked"
		if value, known := old.attribute(attribute.Name); !known || value != attribute.Value || volatile {
			r.surface.SetAttribute(at.place, attribute.Name, attribute.Value)
		}
	}
}

func (r *Renderer[Place]) number(at *drawn[Place], element *Element) {
	if at.number != 0 || len(element.Handlers) == 0 {
		return
	}
	r.next++
	at.number = r.next
	r.numbered[at.number] = at
	r.surface.SetAttribute(at.place, NumberAttribute, strconv.Itoa(at.number))
}

func (r *Renderer[Place]) forget(gone *drawn[Place]) {
	delete(r.numbered, gone.number)
	for _, child := range gone.children {
		r.forget(child)
	}
}
