// Package model is what a to-do list consists of.
package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is a date such as 2026-11-22, or empty for none. Days compare in the order of time.
type Day string

const layout = "2006-01-02"

// DayOf returns the date of a moment where the user is.
func DayOf(moment time.Time) Day {
	return Day(moment.Format(layout))
}

// ParseDay understands 2026-11-22, today, tomorrow, the first three letters or more of a weekday (the next such day),
// and +3 for three days from today.
func ParseDay(text string, today Day) (Day, bool) {
	text = strings.ToLower(text)
	switch text {
	case "today":
		return today, true
	case "tomorrow":
		return today.Plus(1), true
	}
	if count, found := strings.CutPrefix(text, "+"); found {
		days, err := strconv.ParseUint(count, 10, 16)
		return today.Plus(int(days)), err == nil
	}
	if len(text) >= 3 {
		for ahead := 1; ahead <= 7; ahead++ {
			day := today.Plus(ahead)
			if strings.HasPrefix(strings.ToLower(day.noon().Weekday().String()), text) {
				return day, true
			}
		}
	}
	if _, err := time.Parse(layout, text); err != nil {
		return "", false
	}
	return Day(text), true
}

// Plus returns the day so many days later.
func (d Day) Plus(days int) Day {
	return DayOf(d.noon().AddDate(0, 0, days))
}

// Until counts the days from d to other; it is negative when other is earlier.
func (d Day) Until(other Day) int {
	return int(other.noon().Sub(d.noon()) / (24 * time.Hour))
}

// Phrase says the day as people do, seen from today.
func (d Day) Phrase(today Day) string {
	if d == "" {
		return ""
	}
	switch distance := today.Until(d); {
	case distance == 0:
		return "today"
	case distance == 1:
		return "tomorrow"
	case distance == -1:
		return "yesterday"
	case distance < 0:
		return fmt.Sprintf("%d days ago", -distance)
	case distance < 7:
		return d.noon().Weekday().String()
	case d[:4] == today[:4]:
		return d.noon().Format("2 January")
	default:
		return d.noon().Format("2 January 2006")
	}
}

// Valid tells whether d is a date or none.
func (d Day) Valid() bool {
	_, err := time.Parse(layout, string(d))
	return d == "" || err == nil
}

// In UTC, where every day has 24 hours.
func (d Day) noon() time.Time {
	moment, err := time.Parse(layout, string(d))
	if err != nil {
		return time.Time{}
	}
	return moment.Add(12 * time.Hour)
}
