package query

import (
	"strings"
	"testing"

	"devserver.dev/examples/todo/model"
)

const today model.Day = "2026-11-22"

var tasks = []model.Task{
	{ID: 1, Title: "plants", Project: "home", Tags: []string{"Garden"}, Due: today, Priority: model.High},
	{ID: 2, Title: "Passport", Due: "2026-11-20"},
	{ID: 3, Title: "notes", Project: "work", Done: true},
	{ID: 4, Title: "book", Tags: []string{"reading"}},
	{ID: 5, Title: "trip", Due: "2027-01-01", Priority: model.Urgent},
	{ID: 6, Title: "call", Due: today},
}

func titles(tasks []model.Task) string {
	var names []string
	for _, task := range tasks {
		names = append(names, task.Title)
	}
	return strings.Join(names, " ")
}

func TestScopes(t *testing.T) {
	for scope, want := range map[Scope]string{
		Open: "plants Passport book trip call", Today: "plants Passport call", Upcoming: "trip", Done: "notes",
		"other": "plants Passport notes book trip call",
	} {
		if got := titles(Filter(tasks, scope.Tasks(today))); got != want {
			t.Errorf("%s: %q, want %q", scope, got, want)
		}
	}
}

func TestSearch(t *testing.T) {
	for text, want := range map[string]string{
		"": "plants Passport notes book trip call", "PA": "Passport", "@home": "plants", "#garden": "plants",
		"-#garden due:today": "call", "!2": "plants trip", "-!1 o": "Passport notes book", "is:overdue": "Passport",
		"p l": "plants", "due:2027-01-01": "trip", "- ": "plants Passport notes book trip call", "#": "", "due:never": "",
	} {
		if got := titles(Filter(tasks, Search(text, today))); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
}

func TestSortings(t *testing.T) {
	for sorting, want := range map[Sorting]string{
		ByDue:      "Passport plants call trip notes book",
		ByPriority: "trip plants Passport call notes book",
		ByTitle:    "book call notes Passport plants trip",
		ByAge:      "call trip book notes Passport plants",
		"unknown":  "Passport plants call trip notes book",
	} {
		if got := titles(Sorted(tasks, sorting.Order())); got != want {
			t.Errorf("%s: %q, want %q", sorting, got, want)
		}
	}
	if titles(tasks) != "plants Passport notes book trip call" {
		t.Error("Sorted changed what it was given")
	}
}

func TestGroupBy(t *testing.T) {
	groups := GroupBy(tasks, func(task model.Task) string { return task.Project })
	if len(groups) != 3 || groups[0].Key != "home" || titles(groups[1].Items) != "Passport book trip call" {
		t.Errorf("GroupBy made %v", groups)
	}
}

func TestAny(t *testing.T) {
	even := func(number int) bool { return number%2 == 0 }
	large := func(number int) bool { return number > 3 }
	if got := Filter([]int{1, 2, 3, 4, 5}, Any(even, large)); len(got) != 3 {
		t.Errorf("Any finds %v", got)
	}
	if Any[int]()(1) || !All[int]()(1) {
		t.Error("Any of nothing wants nothing, All of nothing everything")
	}
}
