package model

import "testing"

// A Sunday.
const today Day = "2026-11-22"

func TestParseDay(t *testing.T) {
	for text, want := range map[string]Day{
		"today": today, "Tomorrow": "2026-11-23", "+10": "2026-12-02", "2028-02-29": "2028-02-29",
		"mon": "2026-11-23", "friday": "2026-11-27", "sunday": "2026-11-29", "satur": "2026-11-28",
	} {
		if got, understood := ParseDay(text, today); !understood || got != want {
			t.Errorf("ParseDay(%q) = %q, %v, want %q", text, got, understood, want)
		}
	}
	for _, text := range []string{"", "mo", "2026-02-30", "+", "+-3", "soon", "2026-1-1", "fridayish"} {
		if got, understood := ParseDay(text, today); understood {
			t.Errorf("ParseDay(%q) = %q", text, got)
		}
	}
}

func TestPhrase(t *testing.T) {
	for day, want := range map[Day]string{
		"": "", today: "today", "2026-11-23": "tomorrow", "2026-11-21": "yesterday", "2026-10-23": "30 days ago",
		"2026-11-28": "Saturday", "2026-11-29": "29 November", "2027-01-01": "1 January 2027",
	} {
		if got := day.Phrase(today); got != want {
			t.Errorf("%q is %q, want %q", day, got, want)
		}
	}
}

func TestDocumentPutsATaskBackWhereItWas(t *testing.T) {
	var document Document
	for _, title := range []string{"a", "b", "c"} {
		document.Add(Task{Title: title})
	}
	task, at := document.Remove(2)
	if task.Title != "b" || at != 1 || document.Find(2) != nil {
		t.Fatalf("Remove(2) = %v, %d", task, at)
	}
	document.Insert(at, task)
	if document.Tasks[1].Title != "b" || document.Add(Task{}).ID != 4 {
		t.Errorf("the tasks are %v", document.Tasks)
	}
	if _, at := document.Remove(99); at != -1 {
		t.Errorf("Remove(99) found something at %d", at)
	}
}

func TestLabelsCountOpenTasks(t *testing.T) {
	document := Document{Tasks: []Task{
		{Project: "work", Tags: []string{"b", "a"}}, {Project: "work", Done: true}, {Project: "home", Done: true}, {},
	}}
	projects := document.Projects()
	if len(projects) != 2 || projects[0] != (Label{"home", 0}) || projects[1] != (Label{"work", 1}) {
		t.Errorf("Projects() = %v", projects)
	}
	if tags := document.Tags(); len(tags) != 2 || tags[0] != (Label{"a", 1}) {
		t.Errorf("Tags() = %v", tags)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	document := Document{Tasks: []Task{{Title: "a", Tags: []string{"x"}}}}
	copied := document.Clone()
	copied.Tasks[0].Title, copied.Tasks[0].Tags[0] = "b", "y"
	if document.Tasks[0].Title != "a" || document.Tasks[0].Tags[0] != "x" {
		t.Errorf("the original became %v", document.Tasks[0])
	}
}
