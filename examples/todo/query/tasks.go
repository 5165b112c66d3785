package query

import (
	"strings"

	"devserver.dev/examples/todo/model"
)

// Scope is a part of the list that people look at as a whole.
type Scope string

// In the order in which they are shown.
const (
	Open     Scope = "open"
	Today    Scope = "today"
	Upcoming Scope = "upcoming"
	Done     Scope = "done"
)

// Scopes lists all of them.
var Scopes = []Scope{Open, Today, Upcoming, Done}

// Tasks returns the predicate of the scope; an unknown scope has all tasks.
func (scope Scope) Tasks(today model.Day) Predicate[model.Task] {
	done := func(task model.Task) bool { return task.Done }
	dated := func(task model.Task) bool { return task.Due != "" }
	later := func(task model.Task) bool { return task.Due > today }
	switch scope {
	case Open:
		return Not(done)
	case Today:
		return All(Not(done), dated, Not(later))
	case Upcoming:
		return All(Not(done), later)
	case Done:
		return done
	}
	return All[model.Task]()
}

// Search understands words that must all occur in the title, @project, #tag, !2 (at least that priority), is:overdue,
// due:friday, and a leading minus that turns any of them around.
func Search(text string, today model.Day) Predicate[model.Task] {
	var terms []Predicate[model.Task]
	for _, word := range strings.Fields(strings.ToLower(text)) {
		bare, negated := strings.CutPrefix(word, "-")
		if bare == "" {
			continue
		}
		wants := term(bare, today)
		if negated {
			wants = Not(wants)
		}
		terms = append(terms, wants)
	}
	return All(terms...)
}

func term(word string, today model.Day) Predicate[model.Task] {
	rest := word[1:]
	switch {
	case word[0] == '@' && rest != "":
		return func(task model.Task) bool { return strings.EqualFold(task.Project, rest) }
	case word[0] == '#' && rest != "":
		return func(task model.Task) bool { return task.HasTag(rest) }
	case word[0] == '!' && len(rest) == 1 && '1' <= rest[0] && rest[0] <= '3':
		least := model.Priority(rest[0] - '0')
		return func(task model.Task) bool { return task.Priority >= least }
	case word == "is:overdue":
		return func(task model.Task) bool { return task.Overdue(today) }
	}
	if text, found := strings.CutPrefix(word, "due:"); found {
		if day, understood := model.ParseDay(text, today); understood {
			return func(task model.Task) bool { return task.Due == day }
		}
	}
	return func(task model.Task) bool { return strings.Contains(strings.ToLower(task.Title), word) }
}

// Sorting is a named order of tasks.
type Sorting string

// In the order in which they are offered.
const (
	ByDue      Sorting = "due date"
	ByPriority Sorting = "priority"
	ByTitle    Sorting = "title"
	ByAge      Sorting = "newest"
)

// Sortings lists all of them.
var Sortings = []Sorting{ByDue, ByPriority, ByTitle, ByAge}

// Order returns the order; among equals, what matters more and then what is older comes first.
func (sorting Sorting) Order() Order[model.Task] {
	age := By(func(task model.Task) int { return task.ID })
	priority := By(func(task model.Task) model.Priority { return task.Priority }).Reversed()
	due := By(func(task model.Task) model.Day {
		if task.Due == "" {
			return "no date comes after all dates"
		}
		return task.Due
	})
	switch sorting {
	case ByPriority:
		return priority.Then(due).Then(age)
	case ByTitle:
		return By(func(task model.Task) string { return strings.ToLower(task.Title) }).Then(age)
	case ByAge:
		return age.Reversed()
	}
	return due.Then(priority).Then(age)
}
