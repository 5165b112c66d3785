// Package command changes a document so that every change can be taken back.
package command

// Change is something that was done and can be undone. Both functions hold what they need to know.
type Change struct {
	// Name completes the words "undo" and "redo".
	Name     string
	do, undo func()
}

// History remembers changes. The zero History is empty.
type History struct {
	done, undone []Change
}

// Far more steps than anybody takes back, and little memory.
const remembered = 200

// Do makes a change. What had been undone before it cannot be redone any more.
func (h *History) Do(change Change) {
	change.do()
	h.done = append(h.done, change)
	if len(h.done) > remembered {
		h.done = h.done[len(h.done)-remembered:]
	}
	h.undone = nil
}

// Undo takes the last change back and returns its name.
func (h *History) Undo() (string, bool) {
	return step(&h.done, &h.undone, func(change Change) { change.undo() })
}

// Redo makes the last change that was undone again and returns its name.
func (h *History) Redo() (string, bool) {
	return step(&h.undone, &h.done, func(change Change) { change.do() })
}

// NextUndo names what Undo would take back, or is empty.
func (h *History) NextUndo() string { return last(h.done) }

// NextRedo names what Redo would make again, or is empty.
func (h *History) NextRedo() string { return last(h.undone) }

func step(from, to *[]Change, run func(Change)) (string, bool) {
	if len(*from) == 0 {
		return "", false
	}
	change := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	run(change)
	*to = append(*to, change)
	return change.Name, true
}

func last(changes []Change) string {
	if len(changes) == 0 {
		return ""
	}
	return changes[len(changes)-1].Name
}
