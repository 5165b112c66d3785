package app

import (
	"devserver.dev/examples/todo/query"
	"devserver.dev/examples/todo/view"
)

// shortcut is a key and what it does; help lists them in this order.
type shortcut struct {
	keys    []string
	meaning string
	run     func(*App)
}

var shortcuts = []shortcut{
	{[]string{"n"}, "new task", func(a *App) { a.platform.Focus(draftField) }},
	{[]string{"/"}, "search", func(a *App) { a.platform.Focus(searchField) }},
	{[]string{"j", "ArrowDown"}, "next task", func(a *App) { a.selectNext(1) }},
	{[]string{"k", "ArrowUp"}, "previous task", func(a *App) { a.selectNext(-1) }},
	{[]string{"x"}, "tick off", func(a *App) { a.withSelected(a.toggle) }},
	{[]string{"e", "Enter"}, "edit", func(a *App) { a.withSelected(a.edit) }},
	{[]string{"p"}, "priority", func(a *App) { a.withSelected(a.raise) }},
	{[]string{"t"}, "a day later", func(a *App) { a.withSelected(a.postpone) }},
	{[]string{"Delete", "Backspace"}, "delete", func(a *App) { a.withSelected(a.remove) }},
	{[]string{"u"}, "undo", (*App).undo},
	{[]string{"U"}, "redo", (*App).redo},
	{[]string{"s"}, "other order", (*App).nextSorting},
	{[]string{"1"}, "open tasks", func(a *App) { a.show(query.Open) }},
	{[]string{"2"}, "today", func(a *App) { a.show(query.Today) }},
	{[]string{"3"}, "upcoming", func(a *App) { a.show(query.Upcoming) }},
	{[]string{"4"}, "done", func(a *App) { a.show(query.Done) }},
	{[]string{"?"}, "these keys", func(a *App) { a.Session.Panel = HelpPanel }},
}

// Key runs the shortcut of a key. Typing tells that a field has the cursor, or a button that wants the key itself.
func (a *App) Key(event *view.Event, typing bool) {
	switch {
	case event.Key == "Escape":
		a.escape()
		event.Handled = true
	case typing:
	case event.Ctrl:
		a.controlKey(event)
	case a.Session.Panel == NoPanel:
		a.plainKey(event)
	}
}

func (a *App) plainKey(event *view.Event) {
	for _, shortcut := range shortcuts {
		for _, key := range shortcut.keys {
			if key == event.Key {
				shortcut.run(a)
				event.Handled = true
				return
			}
		}
	}
}

func (a *App) controlKey(event *view.Event) {
	switch event.Key {
	case "z":
		a.undo()
	case "Z", "y":
		a.redo()
	default:
		return
	}
	event.Handled = true
}

func (a *App) escape() {
	switch session := &a.Session; {
	case session.Panel != NoPanel:
		session.Panel = NoPanel
	case session.Editing != 0:
		session.Editing = 0
	case a.notice.Text != "":
		a.notice = Notice{}
	default:
		session.Search = ""
	}
	a.platform.Focus("")
}

func (a *App) withSelected(run func(id int)) {
	if a.isVisible(a.Session.Selected) {
		run(a.Session.Selected)
	}
}
