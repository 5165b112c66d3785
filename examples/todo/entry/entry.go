// Package entry reads and writes a task as one line of text, the way it is typed:
//
//	Water the plants @home #garden !2 due:friday
package entry

import (
	"fmt"
	"slices"
	"strings"

	"devserver.dev/examples/todo/model"
)

// Parse reads a line. A word that looks like a mark but is none, such as #, stays in the title.
func Parse(line string, today model.Day) (model.Task, error) {
	var task model.Task
	var title []string
	for _, word := range strings.Fields(line) {
		if !mark(&task, word, today) {
			title = append(title, word)
		}
	}
	task.Title = strings.Join(title, " ")
	if task.Title == "" {
		return task, fmt.Errorf("a task needs a few words of its own beside %q", strings.TrimSpace(line))
	}
	return task, nil
}

func mark(task *model.Task, word string, today model.Day) bool {
	sign, rest := word[:1], word[1:]
	switch {
	case rest == "":
		return false
	case sign == "@":
		task.Project = rest
	case sign == "#":
		if !slices.Contains(task.Tags, rest) {
			task.Tags = append(task.Tags, rest)
		}
	case sign == "!" && len(rest) == 1 && '1' <= rest[0] && rest[0] <= '3':
		task.Priority = model.Priority(rest[0] - '0')
	case strings.HasPrefix(word, "due:"):
		day, understood := model.ParseDay(word[len("due:"):], today)
		if understood {
			task.Due = day
		}
		return understood
	default:
		return false
	}
	return true
}

// Format writes a task so that Parse reads it back.
func Format(task model.Task) string {
	words := []string{task.Title}
	if task.Project != "" {
		words = append(words, "@"+task.Project)
	}
	for _, tag := range task.Tags {
		words = append(words, "#"+tag)
	}
	if task.Priority != model.Normal {
		words = append(words, fmt.Sprintf("!%d", task.Priority))
	}
	if task.Due != "" {
		words = append(words, "due:"+string(task.Due))
	}
	return strings.Join(words, " ")
}
