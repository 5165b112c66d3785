package entry

import (
	"reflect"
	"testing"

	"devserver.dev/examples/todo/model"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]model.Task{
		"Water  plants @home #a #b #a !2 due:tomorrow": {
			Title: "Water plants", Project: "home", Tags: []string{"a", "b"}, Priority: model.High, Due: "2026-11-23"},
		"Pay # 5 @ noon !9 due:whenever ! é": {Title: "Pay # 5 @ noon !9 due:whenever ! é"},
	} {
		got, err := Parse(line, "2026-11-22")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v", line, got, err)
		}
		again, err := Parse(Format(got), "2030-01-01")
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("Format made %q of %q", Format(got), line)
		}
	}
	for _, line := range []string{"", "   ", "#only @marks"} {
		if task, err := Parse(line, "2026-11-22"); err == nil {
			t.Errorf("Parse(%q) = %+v", line, task)
		}
	}
}
