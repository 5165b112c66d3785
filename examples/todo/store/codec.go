// Package store keeps a document as JSON text.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"devserver.dev/examples/todo/model"
)

const version = 1

type file struct {
	Version int `json:"version"`
	model.Document
}

// Encode writes a document as readable JSON.
func Encode(document model.Document) (string, error) {
	text, err := json.MarshalIndent(file{version, document}, "", "  ")
	return string(text), err
}

// Decode reads what Encode wrote, or what somebody edited by hand since: IDs that are missing or occur twice are given
// anew, everything else that is wrong is an error.
func Decode(text string) (model.Document, error) {
	var read file
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return model.Document{}, fmt.Errorf("this is not a list of tasks: %w", err)
	}
	if read.Version != version {
		return model.Document{}, fmt.Errorf("version %d of the format is not known here", read.Version)
	}
	seen := map[int]bool{}
	next := max(read.NextID, 0)
	for _, task := range read.Tasks {
		next = max(next, task.ID)
	}
	for i := range read.Tasks {
		task := &read.Tasks[i]
		if err := check(*task); err != nil {
			return model.Document{}, fmt.Errorf("task %d: %w", i+1, err)
		}
		if task.ID <= 0 || seen[task.ID] {
			next++
			task.ID = next
		}
		seen[task.ID] = true
	}
	read.NextID = next
	return read.Document, nil
}

func check(task model.Task) error {
	switch {
	case strings.TrimSpace(task.Title) == "":
		return errors.New("it has no title")
	case !task.Due.Valid():
		return fmt.Errorf("%q is not a date such as 2026-11-22", task.Due)
	case task.Priority < model.Normal || task.Priority > model.Urgent:
		return fmt.Errorf("there is no priority %d", task.Priority)
	}
	return nil
}
