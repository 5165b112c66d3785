package app

import (
	"strings"

	"devserver.dev/examples/todo/view"
)

func (a *App) panel() view.Part {
	switch a.Session.Panel {
	case HelpPanel:
		return a.overlay("Keys", help())
	case TransferPanel:
		return a.overlay("Import and export", a.transfer())
	}
	return view.Parts(nil)
}

func (a *App) overlay(title string, content view.Part) view.Part {
	return view.E("div", view.Key("panel-"+title), view.Class("curtain"),
		view.E("section", view.Class("panel"), view.Attr("role", "dialog"), view.Attr("aria-label", title),
			view.E("header",
				view.E("h2", view.Text(title)),
				view.E("button", view.Class("quiet"), view.Attr("type", "button"), view.Text("Close"),
					view.On("click", func(*view.Event) { a.Session.Panel = NoPanel }))),
			content,
		),
	)
}

func help() view.Part {
	return view.E("dl", view.Class("keys"), view.Each(shortcuts, func(shortcut shortcut) view.Part {
		return view.E("div",
			view.E("dt", view.Each(shortcut.keys, func(key string) view.Part {
				return view.E("kbd", view.Text(strings.TrimPrefix(key, "Arrow")))
			})),
			view.E("dd", view.Text(shortcut.meaning)))
	}))
}

func (a *App) transfer() view.Part {
	return view.Parts{
		view.E("p", view.Text("Everything as JSON, to keep or to take to another browser.")),
		view.E("button", view.Class("primary"), view.Attr("type", "button"), view.Text("Export to a file"),
			view.On("click", func(*view.Event) { a.export() })),
		view.E("form", view.Class("import"),
			view.On("submit", func(event *view.Event) {
				event.Handled = true
				a.importText()
			}),
			view.E("label", view.Attr("for", "import"), view.Text("Import: paste what was exported. It takes the place of all tasks here; undo brings them back.")),
			view.E("textarea", view.Attr("id", "import"), view.Attr("rows", "8"), view.Attr("spellcheck", "false"),
				view.Attr("value", a.Session.Import),
				view.On("input", func(event *view.Event) { a.Session.Import = event.Value })),
			view.E("button", view.Attr("type", "submit"), view.Class("primary"), view.Text("Import"),
				view.Flag("disabled", strings.TrimSpace(a.Session.Import) == ""))),
	}
}
