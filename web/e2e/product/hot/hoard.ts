//! A file that comes into the fixture `hot` by a patch: objects that are reachable only from what the patch brought.

export const hoard = `package main

import (
	"fmt"
	"runtime"
)

type link struct {
	next *link
	text string
	rest [5]int
}

var (
	// Data of the patch itself, which points into the heap later on.
	anchor = link{text: "anchor"}
	row    [8]*link
	// Made when the patch comes.
	table = map[string]*link{"first": {text: "first"}}
	hooks []func() string
	boxed any = &link{text: "boxed"}
	pipe      = make(chan *link, 100)
)

// gather fills everything, once.
func gather(count int) string {
	if len(hooks) > 0 {
		return "gathered"
	}
	for i := 0; i < count; i++ {
		one := &link{next: anchor.next, text: fmt.Sprint("link ", i)}
		anchor.next = one
		row[i%len(row)] = &link{text: fmt.Sprint("row ", i%len(row))}
		table[fmt.Sprint("key ", i)] = &link{text: fmt.Sprint("value ", i)}
		held := &link{text: fmt.Sprint("held ", i)}
		hooks = append(hooks, func() string { return held.text })
		if i < cap(pipe) {
			pipe <- &link{text: fmt.Sprint("piped ", i)}
		}
	}
	return "gathered"
}

// waste makes what nobody needs, of the same sizes.
func waste(count int) string {
	var few []*link
	for i := 0; i < count; i++ {
		one := &link{text: fmt.Sprint("waste ", i), rest: [5]int{1, 2, 3, 4, 5}}
		if i%100 == 0 {
			few = append(few, one)
		}
		if i%5000 == 0 {
			runtime.GC()
		}
	}
	runtime.GC()
	return fmt.Sprint("wasted ", len(few))
}

// counted looks at everything.
func counted() string {
	links, rows, values, held, piped := 0, 0, 0, 0, 0
	for one := anchor.next; one != nil; one = one.next {
		if one.text != "" && one.text[:5] == "link " {
			links++
		}
	}
	for i, one := range row {
		if one.text == fmt.Sprint("row ", i) {
			rows++
		}
	}
	for i := range hooks {
		if one := table[fmt.Sprint("key ", i)]; one != nil && one.text == fmt.Sprint("value ", i) {
			values++
		}
		if hooks[i]() == fmt.Sprint("held ", i) {
			held++
		}
	}
	for i := 0; i < len(pipe); i++ {
		one := <-pipe
		if one.text == fmt.Sprint("piped ", i) {
			piped++
		}
		pipe <- one
	}
	return fmt.Sprint(links, " ", rows, " ", values, " ", held, " ", piped, " ", table["first"].text, " ", boxed.(*link).text)
}
`;
