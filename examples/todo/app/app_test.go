package app

import (
	"strings"
	"testing"
	"time"

	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/query"
	"devserver.dev/examples/todo/view"
)

type stopped struct{}

func (stopped) Now() time.Time                       { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
func (stopped) After(time.Duration) <-chan time.Time { return nil }

type desk struct {
	focused string
	files   map[string]string
}

func (d *desk) Focus(id string)               { d.focused = id }
func (d *desk) Download(name, content string) { d.files[name] = content }

func opened(t *testing.T, lines ...string) (*App, *desk, *int) {
	t.Helper()
	desk, saves := &desk{files: map[string]string{}}, new(int)
	app := New(stopped{}, desk, func(model.Document) { *saves++ })
	for _, line := range lines {
		app.Session.Draft = line
		app.add()
	}
	return app, desk, saves
}

func press(app *App, keys ...string) {
	for _, key := range keys {
		app.Key(&view.Event{Key: key}, false)
	}
}

func shown(app *App) string {
	var titles []string
	for _, task := range app.visible() {
		titles = append(titles, task.Title)
	}
	return strings.Join(titles, " ")
}

func TestKeysDoWhatHelpSays(t *testing.T) {
	app, desk, saves := opened(t, "a due:today", "b due:tomorrow", "c")
	if *saves != 3 || shown(app) != "a b c" {
		t.Fatalf("%d saves, %s", *saves, shown(app))
	}
	press(app, "k", "k", "k", "x")
	if shown(app) != "b c" || app.Session.Selected != 2 {
		t.Errorf("after x: %s, selected %d", shown(app), app.Session.Selected)
	}
	press(app, "u")
	if shown(app) != "a b c" {
		t.Errorf("after undo: %s", shown(app))
	}
	press(app, "j", "Delete")
	if shown(app) != "a b" || app.Session.Selected != 2 {
		t.Errorf("after deleting the last: %s, selected %d", shown(app), app.Session.Selected)
	}
	press(app, "u", "p", "t", "U")
	if task := app.Document.Find(2); task.Priority != model.Raised || task.Due != "2026-11-24" {
		t.Errorf("after p and t: %+v", task)
	}
	press(app, "e")
	if desk.focused != editField || app.Session.Edited != "b !1 due:2026-11-24" {
		t.Errorf("editing %q at %q", app.Session.Edited, desk.focused)
	}
	app.Session.Edited = "better @home"
	app.finishEdit()
	if task := app.Document.Find(2); task.Title != "better" || task.Project != "home" || task.Due != "" {
		t.Errorf("after the edit: %+v", task)
	}
	press(app, "3")
	if app.Session.Scope != query.Upcoming || shown(app) != "" {
		t.Errorf("upcoming: %s", shown(app))
	}
}

func TestKeysBelongToTheFieldOneTypesIn(t *testing.T) {
	app, _, _ := opened(t, "a")
	app.Key(&view.Event{Key: "x"}, true)
	if app.Document.Tasks[0].Done {
		t.Error("typing an x ticked a task off")
	}
	event := &view.Event{Key: "z", Ctrl: true}
	app.Key(event, true)
	if event.Handled || len(app.Document.Tasks) != 1 {
		t.Error("the undo of a field undid a task")
	}
}

func TestEscapeClosesOneThingAfterTheOther(t *testing.T) {
	app, _, _ := opened(t, "a")
	app.Session.Search, app.Session.Editing, app.Session.Panel = "a", 1, HelpPanel
	app.tell("hello", false)
	press(app, "Escape", "Escape", "Escape")
	if app.Session.Panel != NoPanel || app.Session.Editing != 0 || app.notice.Text != "" || app.Session.Search != "a" {
		t.Errorf("left: %+v, %+v", app.Session, app.notice)
	}
	press(app, "Escape")
	if app.Session.Search != "" {
		t.Error("the search is still there")
	}
}

func TestExportAndImport(t *testing.T) {
	app, desk, _ := opened(t, "a #x", "b")
	app.export()
	text := desk.files["tasks-2026-11-22.json"]
	other, _, _ := opened(t, "mine")
	other.Session.Import = text
	other.importText()
	if shown(other) != "a b" {
		t.Errorf("imported: %s", shown(other))
	}
	press(other, "u")
	if shown(other) != "mine" {
		t.Errorf("undone: %s", shown(other))
	}
	other.Session.Import = "nonsense"
	other.importText()
	if !other.notice.Failed || shown(other) != "mine" || other.Session.Import != "nonsense" {
		t.Errorf("notice %+v", other.notice)
	}
}

func TestANewTaskBelongsToTheListInSight(t *testing.T) {
	app, _, _ := opened(t, "a @home #x")
	app.Session.Project = "home"
	app.Session.Draft = "b"
	app.add()
	app.Session.Project, app.Session.Tag, app.Session.Draft = "", "x", "c"
	app.add()
	if app.Document.Find(2).Project != "home" || !app.Document.Find(3).HasTag("x") {
		t.Errorf("the tasks are %+v", app.Document.Tasks)
	}
}

// found returns the first element for which the predicate holds.
func found(node view.Node, wants func(*view.Element) bool) *view.Element {
	element, is := node.(*view.Element)
	if !is || wants(element) {
		return element
	}
	for _, child := range element.Children {
		if inner := found(child, wants); inner != nil {
			return inner
		}
	}
	return nil
}

func TestTheViewHasAHandlerForTheTick(t *testing.T) {
	app, _, _ := opened(t, "a")
	box := found(app.View(), func(element *view.Element) bool {
		for _, attribute := range element.Attributes {
			if attribute.Value == "checkbox" {
				return true
			}
		}
		return false
	})
	if box == nil {
		t.Fatal("there is no box to tick")
	}
	box.Handlers[0].Run(&view.Event{Type: "change"})
	if !app.Document.Tasks[0].Done {
		t.Error("the tick did nothing")
	}
	if empty := found(app.View(), func(element *view.Element) bool { return element.Key == "empty" }); empty == nil {
		t.Error("an empty list does not say so")
	}
}
