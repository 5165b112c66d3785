package main

import "testing"

func TestCounting(t *testing.T) {
	Reset()
	if got := Increment(); got != 1 || Count() != got {
		t.Errorf("after one step: %d, and Count says %d", got, Count())
	}
	if IsEven() {
		t.Error("1 is said to be even")
	}
	if got := Share(4); got != 0.25 {
		t.Errorf("one of four is %v", got)
	}
	if got := Share(0); got != 0 {
		t.Errorf("of no goal it is %v", got)
	}
	Reset()
	if Count() != 0 {
		t.Error("Reset leaves something")
	}
}
