// Package ledger is the state of the program: what must never be lost.
package ledger

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Entry is pointed at from several places.
type Entry struct {
	Name  string
	Count int
}

// What has been counted.
var (
	Bumps, Pokes, Ticks, Jobs, Chosen int

	visits  = map[string]int{}
	entries []*Entry
	newest  *Entry
	texts   []string
)

// Bump counts in all places.
func Bump() {
	Bumps++
	visits["all"]++
	visits[fmt.Sprint("last digit ", Bumps%10)]++
	if Bumps%10 == 1 {
		newest = &Entry{Name: fmt.Sprint("entry ", len(entries))}
		entries = append(entries, newest)
	}
	newest.Count++
	texts = append(texts, fmt.Sprint("text ", Bumps))
}

// Shown has a line for each part of the state.
func Shown() string {
	lines := []string{
		fmt.Sprint("bumps=", Bumps),
		fmt.Sprint("pokes=", Pokes),
		fmt.Sprint("ticks=", Ticks),
		fmt.Sprint("jobs=", Jobs),
		fmt.Sprint("chosen=", Chosen),
		fmt.Sprint("visits=", visited()),
		fmt.Sprint("entries=", counted()),
		fmt.Sprint("texts=", remembered()),
	}
	return strings.Join(lines, "\n")
}

func visited() int {
	total := 0
	for _, count := range visits {
		total += count
	}
	return total
}

func counted() int {
	total := 0
	for _, entry := range entries {
		total += entry.Count
	}
	return total
}

// remembered is the number of texts that still say what they said.
func remembered() int {
	good := 0
	for index, text := range texts {
		if text == fmt.Sprint("text ", index+1) {
			good++
		}
	}
	return good
}

// Save writes down what the next instance is to know.
func Save() string {
	var parts []string
	for name, count := range visits {
		parts = append(parts, fmt.Sprintf("%s/%d", strings.ReplaceAll(name, " ", "_"), count))
	}
	sort.Strings(parts)
	return fmt.Sprint(Bumps, " ", Pokes, " ", strings.Join(parts, ","))
}

// Restore reads it.
func Restore(saved string) {
	fields := strings.Fields(saved)
	if len(fields) < 3 {
		return
	}
	bumped := number(fields[0])
	Pokes = number(fields[1])
	for range bumped {
		Bump()
	}
	clear(visits)
	for _, part := range strings.Split(fields[2], ",") {
		name, count, _ := strings.Cut(part, "/")
		visits[strings.ReplaceAll(name, "_", " ")] = number(count)
	}
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}
