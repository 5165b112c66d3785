//go:build js && wasm

// Counter is a small page written in Go: a button that counts, a greeting, and a goroutine that shows for how long
// all of it has been running. Change this file while it runs: what you counted and typed stays.
package main

import (
	"syscall/js"
	"time"

	"devserver.dev/live"
)

const caption = "clicks so far"

var (
	count   int
	name    string
	started = time.Now()
)

func main() {
	live.Keep("count", &count)
	live.Keep("name", &name)
	live.Keep("started", &started)

	listen("add", "click", func(js.Value) {
		count++
		showCount()
	})
	listen("reset", "click", func(js.Value) {
		count = 0
		showCount()
	})
	listen("name", "input", func(event js.Value) {
		name = event.Get("target").Get("value").String()
		showGreeting()
	})
	element("name").Set("value", name)

	showGeneration()
	show()
	// Functions that were replaced are called from now on; what the old ones have drawn is drawn again.
	live.OnPatch(func([]string) { show() })
	go showUptime()
	select {}
}

func show() {
	element("caption").Set("textContent", caption)
	showCount()
	showGreeting()
}

func showCount() {
	element("count").Set("textContent", count)
	element("reset").Set("disabled", count == 0)
}

func showGreeting() {
	greeting := "Hello, whoever you are." //bench:edit
	if name != "" {
		greeting = "Hello, " + name + "."
	}
	element("greeting").Set("textContent", greeting)
}

func showGeneration() {
	element("generation").Set("textContent", live.Generation())
}

// showUptime ticks for as long as the program runs; dev-server ends it together with the program.
func showUptime() {
	ticker := time.NewTicker(time.Second)
	for ; ; <-ticker.C {
		element("uptime").Set("textContent", clock(time.Since(started)))
	}
}
