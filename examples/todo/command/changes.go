package command

import (
	"fmt"

	"devserver.dev/examples/todo/model"
)

// Add adds a task; added is told its ID, also after a redo.
func Add(document *model.Document, task model.Task, added func(id int)) Change {
	known := 0
	return Change{
		Name: "adding " + quoted(task.Title),
		do: func() {
			if known == 0 {
				known = document.Add(task.Clone()).ID
			} else {
				// The same ID again: later changes refer to it.
				task.ID = known
				document.Insert(len(document.Tasks), task.Clone())
			}
			added(known)
		},
		undo: func() { document.Remove(known) },
	}
}

// Edit changes one task in place.
func Edit(document *model.Document, id int, name string, edit func(*model.Task)) Change {
	var before model.Task
	return Change{
		Name: name,
		do: func() {
			if task := document.Find(id); task != nil {
				before = task.Clone()
				edit(task)
			}
		},
		undo: func() {
			if task := document.Find(id); task != nil {
				*task = before.Clone()
			}
		},
	}
}

// Toggle marks a task as done today, or as open again.
func Toggle(document *model.Document, id int, today model.Day) Change {
	name := "ticking off"
	if task := document.Find(id); task != nil && task.Done {
		name = "opening"
	}
	return Edit(document, id, name+" "+titleOf(document, id), func(task *model.Task) {
		task.Done = !task.Done
		task.DoneOn = ""
		if task.Done {
			task.DoneOn = today
		}
	})
}

// Remove deletes tasks.
func Remove(document *model.Document, ids ...int) Change {
	name := fmt.Sprintf("deleting %d tasks", len(ids))
	if len(ids) == 1 {
		name = "deleting " + titleOf(document, ids[0])
	}
	var removed []place
	return Change{
		Name: name,
		do: func() {
			removed = nil
			for _, id := range ids {
				if task, at := document.Remove(id); at >= 0 {
					removed = append(removed, place{at, task})
				}
			}
		},
		undo: func() {
			for i := len(removed) - 1; i >= 0; i-- {
				document.Insert(removed[i].at, removed[i].task)
			}
		},
	}
}

// Replace puts another document in the place of this one.
func Replace(document *model.Document, other model.Document) Change {
	before := document.Clone()
	return Change{
		Name: fmt.Sprintf("importing %d tasks", len(other.Tasks)),
		do:   func() { *document = other.Clone() },
		undo: func() { *document = before.Clone() },
	}
}

// place is where a task was before it was removed.
type place struct {
	at   int
	task model.Task
}

func titleOf(document *model.Document, id int) string {
	if task := document.Find(id); task != nil {
		return quoted(task.Title)
	}
	return "a task"
}

func quoted(title string) string {
	const most = 40
	if letters := []rune(title); len(letters) > most {
		title = string(letters[:most]) + "…"
	}
	return "“" + title + "”"
}
