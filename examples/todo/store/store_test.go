package store

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"devserver.dev/examples/todo/model"
)

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	document := model.Document{NextID: 7, Tasks: []model.Task{
		{ID: 3, Title: "a “quoted” <b>", Project: "p", Tags: []string{"x"}, Priority: model.High, Due: "2026-11-22", Done: true, DoneOn: "2026-11-23"},
		{ID: 7, Title: "b"},
	}}
	text, err := Encode(document)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(text); err != nil || !reflect.DeepEqual(got, document) {
		t.Errorf("Decode(Encode(d)) = %+v, %v", got, err)
	}
}

func TestDecodeMendsIDs(t *testing.T) {
	got, err := Decode(`{"version":1,"tasks":[{"title":"a"},{"id":5,"title":"b"},{"id":5,"title":"c"},{"id":-2,"title":"d"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, task := range got.Tasks {
		if task.ID <= 0 || seen[task.ID] || task.ID > got.NextID {
			t.Errorf("the IDs are %+v, the next one is after %d", got.Tasks, got.NextID)
		}
		seen[task.ID] = true
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":              "not a list of tasks",
		"[]":            "not a list of tasks",
		`{"version":2}`: "version 2",
		`{"version":1,"tasks":[{"title":"a"},{"title":" "}]}`:     "task 2: it has no title",
		`{"version":1,"tasks":[{"title":"a","due":"soon"}]}`:      `"soon" is not a date`,
		`{"version":1,"tasks":[{"title":"a","priority":4}]}`:      "no priority 4",
		`{"version":1,"tasks":[{"title":"a","priority":"high"}]}`: "not a list of tasks",
	} {
		if _, err := Decode(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Decode(%q) says %v, want %q", text, err, want)
		}
	}
}

type memory struct {
	written chan string
	err     error
}

func (m memory) Read() (string, error)   { return "", m.err }
func (m memory) Write(text string) error { m.written <- text; return m.err }

func TestSaverWritesTheLastDocumentOfABurst(t *testing.T) {
	pauses := make(chan chan time.Time)
	after := func(time.Duration) <-chan time.Time {
		over := make(chan time.Time, 1)
		pauses <- over
		return over
	}
	full := errors.New("full")
	storage := memory{make(chan string, 10), full}
	saver := NewSaver(storage, after)
	results := make(chan error, 10)
	go saver.Run(func(err error) { results <- err })

	var document model.Document
	for i := 0; i < 5; i++ {
		document.Add(model.Task{Title: "task"})
		saver.Save(document.Clone())
	}
	// Each document that arrives during a pause begins a new one; only the last pause ends.
	for pause := range pauses {
		if len(saver.waiting) == 0 {
			pause <- time.Time{}
			break
		}
	}
	if err := <-results; err != full {
		t.Errorf("the result is %v", err)
	}
	if got, err := Decode(<-storage.written); err != nil || len(got.Tasks) != 5 {
		t.Errorf("%d tasks were written, %v", len(got.Tasks), err)
	}
	if len(storage.written) != 0 {
		t.Error("something was written twice")
	}
}

func TestLoadOfNothing(t *testing.T) {
	if document, err := Load(memory{}); err != nil || len(document.Tasks) != 0 {
		t.Errorf("Load = %v, %v", document, err)
	}
	denied := errors.New("denied")
	if _, err := Load(memory{err: denied}); err != denied {
		t.Errorf("the error is %v", err)
	}
}
