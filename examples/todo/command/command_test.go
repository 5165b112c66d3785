package command

import (
	"reflect"
	"testing"

	"devserver.dev/examples/todo/model"
)

// Every change, taken back and made again, leads through the same documents.
func TestChangesCanBeTakenBack(t *testing.T) {
	document := &model.Document{}
	var history History
	steps := []func() Change{
		func() Change { return Add(document, model.Task{Title: "a", Tags: []string{"x"}}, func(int) {}) },
		func() Change { return Add(document, model.Task{Title: "b"}, func(int) {}) },
		func() Change { return Add(document, model.Task{Title: "c"}, func(int) {}) },
		func() Change { return Toggle(document, 2, "2026-11-22") },
		func() Change {
			return Edit(document, 1, "editing", func(task *model.Task) { task.Tags[0] = "y" })
		},
		func() Change { return Remove(document, 1, 3) },
		func() Change { return Toggle(document, 2, "2026-11-22") },
		func() Change {
			return Replace(document, model.Document{NextID: 9, Tasks: []model.Task{{ID: 9, Title: "z"}}})
		},
		func() Change { return Edit(document, 77, "editing nothing", func(*model.Task) {}) },
	}
	states := [][]model.Task{document.Clone().Tasks}
	for _, step := range steps {
		history.Do(step())
		states = append(states, document.Clone().Tasks)
	}
	for round := 0; round < 2; round++ {
		for at := len(steps) - 1; at >= 0; at-- {
			if _, done := history.Undo(); !done || !reflect.DeepEqual(document.Clone().Tasks, states[at]) {
				t.Fatalf("undo to %d: %v, want %v", at, document.Tasks, states[at])
			}
		}
		for at := 1; at <= len(steps); at++ {
			if _, done := history.Redo(); !done || !reflect.DeepEqual(document.Clone().Tasks, states[at]) {
				t.Fatalf("redo to %d: %v, want %v", at, document.Tasks, states[at])
			}
		}
	}
}

func TestHistoryForgets(t *testing.T) {
	var history History
	count := 0
	one := func(name string) Change {
		return Change{Name: name, do: func() { count++ }, undo: func() { count-- }}
	}
	history.Do(one("first"))
	history.Undo()
	history.Do(one("second"))
	if name, done := history.Redo(); done {
		t.Errorf("%q was redone after something else", name)
	}
	if history.NextUndo() != "second" || history.NextRedo() != "" {
		t.Errorf("next are %q and %q", history.NextUndo(), history.NextRedo())
	}
	for i := 0; i < 2*remembered; i++ {
		history.Do(one("more"))
	}
	undone := 0
	for _, done := history.Undo(); done; _, done = history.Undo() {
		undone++
	}
	if undone != remembered || count != 2*remembered+1-remembered {
		t.Errorf("%d changes were taken back, %d are left", undone, count)
	}
}
