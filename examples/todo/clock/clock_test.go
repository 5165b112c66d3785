package clock

import (
	"testing"
	"time"

	"devserver.dev/examples/todo/model"
)

// stepping moves on by eight hours with every wait.
type stepping struct{ now time.Time }

func (s *stepping) Now() time.Time { return s.now }

func (s *stepping) After(time.Duration) <-chan time.Time {
	s.now = s.now.Add(8 * time.Hour)
	over := make(chan time.Time, 1)
	over <- s.now
	return over
}

func TestDaysTellsEveryNewDateOnce(t *testing.T) {
	days := make(chan model.Day)
	go Days(&stepping{time.Date(2026, 2, 27, 9, 0, 0, 0, time.UTC)}, func(day model.Day) { days <- day })
	for _, want := range []model.Day{"2026-02-28", "2026-03-01", "2026-03-02"} {
		if got := <-days; got != want {
			t.Errorf("the new date is %q, want %q", got, want)
		}
	}
}
