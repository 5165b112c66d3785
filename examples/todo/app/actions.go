package app

import (
	"strings"

	"devserver.dev/examples/todo/command"
	"devserver.dev/examples/todo/entry"
	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/query"
)

// Elements that can have the cursor.
const (
	draftField  = "draft"
	searchField = "search"
	editField   = "edit"
)

func (a *App) add() {
	if strings.TrimSpace(a.Session.Draft) == "" {
		return
	}
	task, err := entry.Parse(a.Session.Draft, a.today())
	if err != nil {
		a.fail(err)
		return
	}
	// Somebody who looks at a project means a task of it.
	if task.Project == "" {
		task.Project = a.Session.Project
	}
	if tag := a.Session.Tag; tag != "" && !task.HasTag(tag) {
		task.Tags = append(task.Tags, tag)
	}
	a.change(command.Add(&a.Document, task, func(id int) { a.Session.Selected = id }))
	a.Session.Draft = ""
	a.notice = Notice{}
}

func (a *App) toggle(id int) {
	following := a.heir(id)
	a.change(command.Toggle(&a.Document, id, a.today()))
	if task := a.Document.Find(id); task != nil && task.Done {
		a.tell("Done: "+task.Title, true)
	}
	if !a.isVisible(id) {
		a.Session.Selected = following
	}
}

func (a *App) remove(id int) {
	task := a.Document.Find(id)
	if task == nil {
		return
	}
	title, following := task.Title, a.heir(id)
	a.change(command.Remove(&a.Document, id))
	a.Session.Selected = following
	a.tell("Deleted: "+title, true)
}

func (a *App) removeDone() {
	var ids []int
	for _, task := range query.Filter(a.Document.Tasks, query.Done.Tasks(a.today())) {
		ids = append(ids, task.ID)
	}
	if len(ids) > 0 {
		a.change(command.Remove(&a.Document, ids...))
		a.tell("Deleted what was done", true)
	}
}

func (a *App) edit(id int) {
	task := a.Document.Find(id)
	if task == nil {
		return
	}
	a.Session.Selected, a.Session.Editing, a.Session.Edited = id, id, entry.Format(*task)
	a.platform.Focus(editField)
}

func (a *App) finishEdit() {
	edited, err := entry.Parse(a.Session.Edited, a.today())
	if err != nil {
		a.fail(err)
		return
	}
	id := a.Session.Editing
	a.Session.Editing = 0
	task := a.Document.Find(id)
	if task == nil || entry.Format(*task) == entry.Format(edited) {
		return
	}
	a.change(command.Edit(&a.Document, id, "editing “"+task.Title+"”", func(task *model.Task) {
		task.Title, task.Project, task.Tags = edited.Title, edited.Project, edited.Tags
		task.Priority, task.Due = edited.Priority, edited.Due
	}))
	a.tell("Changed: "+edited.Title, true)
}

func (a *App) raise(id int) {
	if a.Document.Find(id) == nil {
		return
	}
	a.change(command.Edit(&a.Document, id, "changing a priority", func(task *model.Task) {
		task.Priority = (task.Priority + 1) % (model.Urgent + 1)
	}))
}

func (a *App) postpone(id int) {
	if a.Document.Find(id) == nil {
		return
	}
	a.change(command.Edit(&a.Document, id, "postponing a task", func(task *model.Task) {
		task.Due = max(task.Due, a.today()).Plus(1)
	}))
	a.tell("Postponed by a day", true)
}

func (a *App) show(scope query.Scope) {
	a.Session.Scope, a.Session.Project, a.Session.Tag = scope, "", ""
}

func (a *App) nextSorting() {
	for i, sorting := range query.Sortings {
		if sorting == a.Session.Sorting {
			a.Session.Sorting = query.Sortings[(i+1)%len(query.Sortings)]
			return
		}
	}
}

func (a *App) selectNext(step int) {
	a.Session.Selected = a.neighbour(a.Session.Selected, step)
}

// neighbour returns the task so many steps further in the list, or the last one on the way.
func (a *App) neighbour(id int, step int) int {
	tasks := a.visible()
	if len(tasks) == 0 {
		return 0
	}
	for i, task := range tasks {
		if task.ID == id {
			return tasks[min(max(i+step, 0), len(tasks)-1)].ID
		}
	}
	return tasks[0].ID
}

// heir returns the task to select when this one is gone: the next, or the one before the last.
func (a *App) heir(id int) int {
	if next := a.neighbour(id, 1); next != id {
		return next
	}
	return a.neighbour(id, -1)
}

func (a *App) isVisible(id int) bool {
	return query.Count(a.visible(), func(task model.Task) bool { return task.ID == id }) > 0
}
