package model

import (
	"slices"
	"sort"
)

// Document is a whole to-do list. Tasks lie in the order in which they were added.
type Document struct {
	NextID int    `json:"nextId"`
	Tasks  []Task `json:"tasks"`
}

// Clone returns a copy that shares nothing with the document.
func (d *Document) Clone() Document {
	copied := Document{NextID: d.NextID, Tasks: make([]Task, len(d.Tasks))}
	for i, task := range d.Tasks {
		copied.Tasks[i] = task.Clone()
	}
	return copied
}

// Add appends a task and gives it an ID of its own.
func (d *Document) Add(task Task) Task {
	d.NextID++
	task.ID = d.NextID
	d.Tasks = append(d.Tasks, task)
	return task
}

// Find returns the task with this ID, to be read or changed in place, or nil.
func (d *Document) Find(id int) *Task {
	if at := d.position(id); at >= 0 {
		return &d.Tasks[at]
	}
	return nil
}

// Remove takes a task out and returns where it was, for Insert; -1 if there is none.
func (d *Document) Remove(id int) (Task, int) {
	at := d.position(id)
	if at < 0 {
		return Task{}, at
	}
	task := d.Tasks[at]
	d.Tasks = slices.Delete(d.Tasks, at, at+1)
	return task, at
}

// Insert puts a task back where Remove took it.
func (d *Document) Insert(at int, task Task) {
	d.Tasks = slices.Insert(d.Tasks, min(max(at, 0), len(d.Tasks)), task)
}

func (d *Document) position(id int) int {
	return slices.IndexFunc(d.Tasks, func(task Task) bool { return task.ID == id })
}

// Label is a project or a tag with the number of open tasks that carry it.
type Label struct {
	Name string
	Open int
}

// Projects lists every project in use, by name.
func (d *Document) Projects() []Label {
	return labels(d.Tasks, func(task Task) []string { return []string{task.Project} })
}

// Tags lists every tag in use, by name.
func (d *Document) Tags() []Label {
	return labels(d.Tasks, func(task Task) []string { return task.Tags })
}

func labels(tasks []Task, names func(Task) []string) []Label {
	open := map[string]int{}
	for _, task := range tasks {
		for _, name := range names(task) {
			if name == "" {
				continue
			}
			if _, known := open[name]; !known {
				open[name] = 0
			}
			if !task.Done {
				open[name]++
			}
		}
	}
	sorted := make([]Label, 0, len(open))
	for name, count := range open {
		sorted = append(sorted, Label{name, count})
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	return sorted
}
