package app

import (
	"fmt"
	"strings"

	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/query"
	"devserver.dev/examples/todo/view"
)

func (a *App) list() view.Part {
	tasks := a.visible()
	if len(tasks) == 0 {
		return view.E("div", view.Class("tasks empty"), view.Key("empty"),
			view.E("p", view.Text(a.consolation())))
	}
	return view.E("div", view.Class("tasks"), view.Key("tasks"),
		view.Each(query.GroupBy(tasks, a.group), func(group query.Group[string, model.Task]) view.Part {
			return view.E("section", view.Key(group.Key),
				view.If(group.Key != "", view.E("h3", view.Text(group.Key))),
				view.E("ul", view.Each(group.Items, a.row)),
			)
		}),
	)
}

// group names the part of the list that a task belongs to; a list in another order has no parts.
func (a *App) group(task model.Task) string {
	if a.Session.Sorting != query.ByDue || a.Session.Scope == query.Done {
		return ""
	}
	today := a.today()
	switch {
	case task.Due == "":
		return "Some day"
	case task.Due < today:
		return "Overdue"
	case task.Due == today:
		return "Today"
	case task.Due == today.Plus(1):
		return "Tomorrow"
	case task.Due <= today.Plus(7):
		return "Next seven days"
	}
	return "Later"
}

func (a *App) consolation() string {
	switch {
	case a.Session.Search != "":
		return "Nothing fits “" + a.Session.Search + "”."
	case len(a.Document.Tasks) == 0:
		return "Nothing to do yet. Press n and write down the first thing."
	case a.Session.Scope == query.Done:
		return "Nothing done yet."
	}
	return "Nothing left here. Well done."
}

func (a *App) row(task model.Task) view.Part {
	classes := []string{"task", "priority-" + task.Priority.String()}
	if task.Done {
		classes = append(classes, "done")
	}
	if task.ID == a.Session.Selected {
		classes = append(classes, "selected")
	}
	id := task.ID
	if a.Session.Editing == id {
		return view.E("li", view.Key(fmt.Sprintf("edit-%d", id)), view.Class(strings.Join(classes, " ")), a.editor())
	}
	return view.E("li", view.Key(fmt.Sprintf("task-%d", id)), view.Class(strings.Join(classes, " ")),
		view.On("click", func(*view.Event) { a.Session.Selected = id }),
		view.On("dblclick", func(*view.Event) { a.edit(id) }),
		view.E("input", view.Attr("type", "checkbox"), view.Attr("aria-label", "Done: "+task.Title),
			view.Flag("checked", task.Done),
			view.On("change", func(*view.Event) { a.toggle(id) })),
		view.E("span", view.Class("title"), view.Text(task.Title)),
		a.marks(task),
		view.E("span", view.Class("actions"),
			rowButton("Edit", func() { a.edit(id) }),
			rowButton("Delete", func() { a.remove(id) })),
	)
}

func rowButton(name string, run func()) view.Part {
	return view.E("button", view.Attr("type", "button"), view.Class("quiet"), view.Text(name),
		view.On("click", func(*view.Event) { run() }))
}

func (a *App) marks(task model.Task) view.Part {
	due := "mark due"
	if task.Overdue(a.today()) {
		due = "mark due overdue"
	}
	return view.E("span", view.Class("marks"),
		view.If(task.Project != "" && a.Session.Project == "",
			view.E("span", view.Key("project"), view.Class("mark project"), view.Text(task.Project))),
		view.Each(task.Tags, func(tag string) view.Part {
			return view.E("span", view.Key("tag-"+tag), view.Class("mark"), view.Text("#"+tag))
		}),
		view.If(task.Due != "",
			view.E("time", view.Key("due"), view.Class(due), view.Attr("datetime", string(task.Due)),
				view.Text(task.Due.Phrase(a.today())))),
	)
}

func (a *App) editor() view.Part {
	return view.E("form", view.Class("editor"),
		view.On("submit", func(event *view.Event) {
			event.Handled = true
			a.finishEdit()
		}),
		view.E("input", view.Attr("id", editField), view.Attr("type", "text"), view.Attr("autocomplete", "off"),
			view.Attr("aria-label", "Edit task"), view.Attr("value", a.Session.Edited),
			view.On("input", func(event *view.Event) { a.Session.Edited = event.Value })),
		view.E("button", view.Attr("type", "submit"), view.Class("primary"), view.Text("Save")),
	)
}
