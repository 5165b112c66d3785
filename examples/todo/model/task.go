package model

import (
	"slices"
	"strings"
)

// Priority is how much a task matters.
type Priority int

// From what can wait for ever to what cannot wait.
const (
	Normal Priority = iota
	Raised
	High
	Urgent
)

func (p Priority) String() string {
	switch p {
	case Raised:
		return "raised"
	case High:
		return "high"
	case Urgent:
		return "urgent"
	default:
		return "normal"
	}
}

// Task is one thing to do.
type Task struct {
	ID       int      `json:"id"`
	Title    string   `json:"title"`
	Project  string   `json:"project,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Priority Priority `json:"priority,omitempty"`
	Due      Day      `json:"due,omitempty"`
	Done     bool     `json:"done,omitempty"`
	DoneOn   Day      `json:"doneOn,omitempty"`
}

// Clone returns a copy that shares nothing with the task.
func (t Task) Clone() Task {
	t.Tags = slices.Clone(t.Tags)
	return t
}

// HasTag ignores the case of letters.
func (t Task) HasTag(tag string) bool {
	return slices.ContainsFunc(t.Tags, func(own string) bool { return strings.EqualFold(own, tag) })
}

// Overdue tells whether an open task should have been done before today.
func (t Task) Overdue(today Day) bool {
	return !t.Done && t.Due != "" && t.Due < today
}
