//go:build js && wasm

// Todo is a to-do list that lives in the browser: quick entry, projects, tags, due dates, search, undo, and a key for
// everything. The packages beside it are plain Go with tests; only this folder, view/dom_js.go and store/local_js.go
// know the browser.
package main

import (
	"syscall/js"
	"time"

	"devserver.dev/examples/todo/app"
	"devserver.dev/examples/todo/clock"
	"devserver.dev/examples/todo/model"
	"devserver.dev/examples/todo/store"
	"devserver.dev/examples/todo/view"
	"devserver.dev/live"
	"devserver.dev/live/livejson"
)

const storage = store.Local("devserver.dev/examples/todo")

func main() {
	browser := &browser{document: js.Global().Get("document")}
	saver := store.NewSaver(storage, time.After)
	todo := app.New(clock.System{}, browser, saver.Save)

	document, err := store.Load(storage)
	if err != nil {
		todo.Fail(err)
	}
	todo.Document = document
	livejson.Keep("document", &todo.Document)
	livejson.Keep("session", &todo.Session)
	live.Accept(func(data live.Data) { browser.wanted = data.String("focused", "") })
	live.Dispose(func(data live.Data) { data.SetString("focused", browser.focused()) })

	var page *view.Page
	render := func() {
		page.Render(todo.View())
		browser.giveFocus()
	}
	page = view.NewPage(browser.element("app"), render)
	browser.onKey(func(event *view.Event, typing bool) {
		todo.Key(event, typing)
		render()
	})
	render()
	// What replaced functions draw is drawn at once.
	live.OnPatch(func([]string) { render() })

	go saver.Run(func(err error) {
		todo.Saved(err)
		render()
	})
	if live.Generation() > 0 {
		// The instance before this one may have had no time to write.
		saver.Save(todo.Document.Clone())
	}
	clock.Days(clock.System{}, func(model.Day) { render() })
}
