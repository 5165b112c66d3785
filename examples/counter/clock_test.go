package main

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	for elapsed, want := range map[time.Duration]string{
		0:                                     "0:00",
		59*time.Second + 999*time.Millisecond: "0:59",
		61 * time.Second:                      "1:01",
		time.Hour:                             "1:00:00",
		25*time.Hour + 61*time.Second:         "25:01:01",
	} {
		if got := clock(elapsed); got != want {
			t.Errorf("clock(%v) = %q, want %q", elapsed, got, want)
		}
	}
}
