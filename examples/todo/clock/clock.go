// Package clock tells the date and when it changes.
package clock

import (
	"time"

	"devserver.dev/examples/todo/model"
)

// Clock is where the time comes from; tests have their own.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// System is the clock of the machine.
type System struct{}

// Now is the present moment.
func (System) Now() time.Time { return time.Now() }

// After sends once when so much time has passed.
func (System) After(wait time.Duration) <-chan time.Time { return time.After(wait) }

// Often enough that nobody sees yesterday's date after a night's sleep of the machine, when timers stand still.
const glance = 20 * time.Second

// Days calls changed with every new date, for ever.
func Days(clock Clock, changed func(model.Day)) {
	day := model.DayOf(clock.Now())
	for {
		<-clock.After(glance)
		if now := model.DayOf(clock.Now()); now != day {
			day = now
			changed(now)
		}
	}
}
