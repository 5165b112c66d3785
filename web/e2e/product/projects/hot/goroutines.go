package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"hot/ledger"
)

var (
	lines []string
	gate  = make(chan bool)
	jobs  = make(chan int, 16)
	left  = make(chan int, 16)
	right = make(chan int, 16)
)

func state(string) string {
	return "instance=" + instance + "\n" + ledger.Shown()
}

// journal is what goroutines have written down; an argument empties it first.
func journal(argument string) string {
	if argument != "" {
		lines = nil
	}
	return strings.Join(lines, "; ")
}

func note(line string) {
	lines = append(lines, line)
}

// bump changes every part of the state, also where goroutines have to be woken for it.
func bump(string) string {
	ledger.Bump()
	jobs <- ledger.Bumps
	left <- 1
	right <- 2
	return digits(ledger.Bumps)
}

// begin starts a goroutine that stops at the gate.
func begin(kind string) string {
	switch kind {
	case "slow":
		go slow()
	case "carry":
		go carry()
	case "nested":
		go func() { note("nested: " + outer(3)) }()
	case "deferring":
		go deferring()
	case "selecting":
		go selecting()
	case "called":
		go called()
	}
	return kind
}

// open lets all goroutines pass that stand at the gate.
func open(string) string {
	close(gate)
	gate = make(chan bool)
	return ""
}

func tick() {
	for {
		step()
		time.Sleep(4 * time.Millisecond)
	}
}

func step() {
	ledger.Ticks++
}

func work() {
	for job := range jobs {
		done(job)
	}
}

func done(job int) {
	ledger.Jobs++
}

func choose() {
	for {
		select {
		case n := <-left:
			chosen(n)
		case n := <-right:
			chosen(n * 10)
		}
	}
}

func chosen(n int) {
	ledger.Chosen += n
}

func slow() {
	begun := "begun in one"
	<-gate
	note(begun + ", ended in one")
}

// carry hands an apple on after it was suspended.
func carry() {
	fruit := &apple{color: "red"}
	<-gate
	note(carried(fruit))
}

type apple struct{ color string }

type pear struct{ grams, age int }

func carried(fruit *apple) string {
	return "a " + fruit.color + " apple"
}

// outer is suspended in a function that it calls, and goes on in itself.
func outer(depth int) string {
	if depth == 0 {
		<-gate
		return "deep"
	}
	return outer(depth-1) + " one"
}

func deferring() {
	defer func() { note("deferred in one") }()
	<-gate
}

func selecting() {
	select {
	case <-gate:
		note("selected in one")
	case <-time.After(time.Hour):
		note("too late")
	}
}

type probe int

func (p probe) String() string { return "probe " + digits(int(p)) }

func less(a, b int) bool { return a < b }

func shifted(letter rune) rune { return letter + 1 }

// called is called back by functions of the standard library.
func called() {
	list := []int{3, 1, 2}
	sort.Slice(list, func(i, j int) bool { return less(list[i], list[j]) })
	note(fmt.Sprint(list, strings.Map(shifted, " abc "), probe(1)))
}
