package main

import (
	"strconv"
	"time"
)

// clock writes a duration as 4:05, or 1:04:05 from an hour on.
func clock(elapsed time.Duration) string {
	seconds := int(elapsed / time.Second)
	minutes := seconds / 60
	text := twoDigits(seconds % 60)
	if minutes < 60 {
		return strconv.Itoa(minutes) + ":" + text
	}
	return strconv.Itoa(minutes/60) + ":" + twoDigits(minutes%60) + ":" + text
}

func twoDigits(number int) string {
	if number < 10 {
		return "0" + strconv.Itoa(number)
	}
	return strconv.Itoa(number)
}
