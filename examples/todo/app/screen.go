package app

import (
	"fmt"

	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/query"
	"devserver.dev/examples/todo/view"
)

const motto = "One thing after the other" //bench:edit

// View describes the whole page as it should look now.
func (a *App) View() view.Node {
	return view.E("div", view.Class("app"),
		a.sidebar(),
		view.E("main", view.Class("board"),
			a.heading(),
			a.draft(),
			a.list(),
			a.footer(),
		),
		a.panel(),
		a.noticeBar(),
	)
}

func (a *App) sidebar() view.Part {
	today := a.today()
	return view.E("nav", view.Class("sidebar"), view.Attr("aria-label", "Lists"),
		view.E("h1", view.Class("name"), view.Text("To do")),
		view.E("p", view.Class("motto"), view.Text(motto)),
		view.E("ul", view.Class("lists"), view.Each(query.Scopes, func(scope query.Scope) view.Part {
			session := a.Session
			return choice{
				name:   scopeNames[scope],
				icon:   string(scope),
				count:  query.Count(a.Document.Tasks, scope.Tasks(today)),
				chosen: session.Scope == scope && session.Project == "" && session.Tag == "",
				choose: func() { a.show(scope) },
			}.item()
		})),
		labels("Projects", "project", a.Document.Projects(), a.Session.Project, func(name string) {
			a.show(query.Open)
			a.Session.Project = name
		}),
		labels("Tags", "tag", a.Document.Tags(), a.Session.Tag, func(name string) {
			a.show(query.Open)
			a.Session.Tag = name
		}),
	)
}

var scopeNames = map[query.Scope]string{
	query.Open: "Open", query.Today: "Today", query.Upcoming: "Upcoming", query.Done: "Done",
}

func labels(title, icon string, all []model.Label, chosen string, choose func(name string)) view.Part {
	if len(all) == 0 {
		return view.Parts(nil)
	}
	return view.E("section", view.Key(icon),
		view.E("h2", view.Text(title)),
		view.E("ul", view.Class("lists"), view.Each(all, func(label model.Label) view.Part {
			return choice{
				name:   label.Name,
				icon:   icon,
				count:  label.Open,
				chosen: label.Name == chosen,
				choose: func() { choose(label.Name) },
			}.item()
		})),
	)
}

// choice is one line of the sidebar.
type choice struct {
	name, icon string
	count      int
	chosen     bool
	choose     func()
}

func (c choice) item() view.Part {
	return view.E("li", view.Key(c.name),
		view.E("button", view.Class("choice icon-"+c.icon), view.Attr("type", "button"),
			view.If(c.chosen, view.Attr("aria-current", "true")),
			view.On("click", func(*view.Event) { c.choose() }),
			view.E("span", view.Class("choice-name"), view.Text(c.name)),
			view.If(c.count > 0, view.E("span", view.Class("number"), view.Text(fmt.Sprint(c.count)))),
		),
	)
}

func (a *App) heading() view.Part {
	return view.E("header", view.Class("heading"),
		view.E("h2", view.Text(a.title())),
		view.E("input", view.Class("search"), view.Attr("id", searchField), view.Attr("type", "search"),
			view.Attr("placeholder", "Search  /"), view.Attr("aria-label", "Search"), view.Attr("value", a.Session.Search),
			view.On("input", func(event *view.Event) { a.Session.Search = event.Value })),
		view.E("label", view.Class("sorting"),
			view.Text("by "),
			view.E("select", view.Attr("aria-label", "Order"), view.Attr("value", string(a.Session.Sorting)),
				view.On("change", func(event *view.Event) { a.Session.Sorting = query.Sorting(event.Value) }),
				view.Each(query.Sortings, func(sorting query.Sorting) view.Part {
					return view.E("option", view.Attr("value", string(sorting)), view.Text(string(sorting)))
				})),
		),
	)
}

func (a *App) title() string {
	switch {
	case a.Session.Project != "":
		return a.Session.Project
	case a.Session.Tag != "":
		return "#" + a.Session.Tag
	}
	return scopeNames[a.Session.Scope]
}

func (a *App) draft() view.Part {
	return view.E("form", view.Class("draft"),
		view.On("submit", func(event *view.Event) {
			event.Handled = true
			a.add()
		}),
		view.E("input", view.Attr("id", draftField), view.Attr("type", "text"), view.Attr("autocomplete", "off"),
			view.Attr("placeholder", "Add a task:  Water the plants @home #garden !2 due:friday"),
			view.Attr("aria-label", "New task"), view.Attr("value", a.Session.Draft),
			view.On("input", func(event *view.Event) { a.Session.Draft = event.Value })),
		view.E("button", view.Attr("type", "submit"), view.Class("primary"), view.Text("Add")),
	)
}

func (a *App) footer() view.Part {
	today := a.today()
	done := query.Count(a.Document.Tasks, query.Done.Tasks(today))
	all := len(a.Document.Tasks)
	return view.E("footer", view.Class("footer"),
		view.E("progress", view.Attr("max", fmt.Sprint(max(all, 1))), view.Attr("value", fmt.Sprint(done)),
			view.Attr("aria-label", "Done")),
		view.E("span", view.Class("counts"), view.Text(fmt.Sprintf("%d of %d done", done, all))),
		view.E("span", view.Class("saved"), view.Text(a.saved)),
		view.E("span", view.Class("spring")),
		button("Undo", "undo", a.history.NextUndo(), a.undo),
		button("Redo", "redo", a.history.NextRedo(), a.redo),
		view.If(a.Session.Scope == query.Done && done > 0, button("Delete all done", "clear", "delete what is done", a.removeDone)),
		button("Import, export", "transfer", "JSON", func() { a.Session.Panel = TransferPanel }),
		button("Keys", "help", "?", func() { a.Session.Panel = HelpPanel }),
	)
}

// button is disabled when there is nothing that it could do, and so no hint.
func button(name, key, hint string, run func()) view.Part {
	return view.E("button", view.Key(key), view.Class("quiet"), view.Attr("type", "button"), view.Attr("title", hint),
		view.Flag("disabled", hint == ""),
		view.On("click", func(*view.Event) { run() }),
		view.Text(name))
}

func (a *App) noticeBar() view.Part {
	class := "notice"
	if a.notice.Failed {
		class = "notice failed"
	}
	return view.E("div", view.Class(class), view.Attr("role", "status"), view.Flag("hidden", a.notice.Text == ""),
		view.E("span", view.Text(a.notice.Text)),
		view.If(a.notice.CanUndo, view.E("button", view.Key("undo"), view.Attr("type", "button"), view.Text("Undo"),
			view.On("click", func(*view.Event) { a.undo() }))),
		view.E("button", view.Key("close"), view.Attr("type", "button"), view.Attr("aria-label", "Close"), view.Text("×"),
			view.On("click", func(*view.Event) { a.notice = Notice{} })),
	)
}
