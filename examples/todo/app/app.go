// Package app is the to-do application: what it knows, what it can do, and what it shows. It does not know the browser.
package app

import (
	"devserver.dev/examples/todo/clock"
	"devserver.dev/examples/todo/command"
	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/query"
	"devserver.dev/examples/todo/store"
)

// Platform is what the application needs of the browser.
type Platform interface {
	// Focus moves the cursor to the element with this id after the next rendering.
	Focus(id string)
	// Download offers the user a file.
	Download(name, content string)
}

// Session is what one looks at and has typed, as opposed to the tasks.
type Session struct {
	Scope    query.Scope
	Project  string
	Tag      string
	Search   string
	Sorting  query.Sorting
	Draft    string
	Selected int
	Editing  int
	Edited   string
	Panel    Panel
	Import   string
}

// Panel is something that lies over the list.
type Panel string

// The panels.
const (
	NoPanel       Panel = ""
	HelpPanel     Panel = "help"
	TransferPanel Panel = "transfer"
)

// Notice tells what has just happened.
type Notice struct {
	Text    string
	Failed  bool
	CanUndo bool
}

// App is the whole state. Document and Session live on when the code is replaced; the history does not, since it
// consists of functions of the old code.
type App struct {
	Document model.Document
	Session  Session

	clock    clock.Clock
	platform Platform
	save     func(model.Document)
	history  command.History
	notice   Notice
	saved    string
}

// New returns an application with no tasks; save is given the document after each change.
func New(clock clock.Clock, platform Platform, save func(model.Document)) *App {
	return &App{
		Session:  Session{Scope: query.Open, Sorting: query.ByDue},
		clock:    clock,
		platform: platform,
		save:     save,
	}
}

// Saved notes how saving went.
func (a *App) Saved(err error) {
	a.saved = "saved"
	if err != nil {
		a.saved = "not saved"
		a.fail(err)
	}
}

// Fail shows an error to the user.
func (a *App) Fail(err error) {
	a.fail(err)
}

func (a *App) today() model.Day {
	return model.DayOf(a.clock.Now())
}

// visible returns the tasks that are shown, in their order.
func (a *App) visible() []model.Task {
	session, today := a.Session, a.today()
	wanted := query.All(session.Scope.Tasks(today), query.Search(session.Search, today))
	if session.Project != "" {
		wanted = query.All(wanted, func(task model.Task) bool { return task.Project == session.Project })
	}
	if session.Tag != "" {
		wanted = query.All(wanted, func(task model.Task) bool { return task.HasTag(session.Tag) })
	}
	return query.Sorted(query.Filter(a.Document.Tasks, wanted), session.Sorting.Order())
}

func (a *App) change(change command.Change) {
	a.history.Do(change)
	a.changed()
}

func (a *App) changed() {
	a.saved = "saving"
	a.save(a.Document.Clone())
}

func (a *App) tell(text string, canUndo bool) {
	a.notice = Notice{Text: text, CanUndo: canUndo}
}

func (a *App) fail(err error) {
	a.notice = Notice{Text: err.Error(), Failed: true}
}

func (a *App) undo() {
	if name, done := a.history.Undo(); done {
		a.tell("Took back "+name, false)
		a.changed()
	}
}

func (a *App) redo() {
	if name, done := a.history.Redo(); done {
		a.tell("Did "+name+" again", true)
		a.changed()
	}
}

func (a *App) importText() {
	document, err := store.Decode(a.Session.Import)
	if err != nil {
		a.fail(err)
		return
	}
	a.change(command.Replace(&a.Document, document))
	a.Session.Import = ""
	a.Session.Panel = NoPanel
	a.tell("Imported", true)
}

func (a *App) export() {
	text, err := store.Encode(a.Document)
	if err != nil {
		a.fail(err)
		return
	}
	a.platform.Download("tasks-"+string(a.today())+".json", text)
}
