package main

import (
	"hot/shapes"
	"hot/words"
)

type point struct{ x, y int }

type weight int

func (w weight) String() string { return digits(int(w)) + "kg" }

type speaker interface{ Speak() string }

type dog struct{ name string }

func (d *dog) Speak() string { return d.name + " says woof" }

// loud has the method of what is embedded.
type loud struct {
	*dog
	times int
}

type scale struct{ factor int }

func (s *scale) by(n int) int { return s.factor * n }

var limit = 100

var names = [3]string{"Ann", "Bob", "Cem"}

var primes = sieve(20)

var grid = map[point]string{{1, 2}: "here"}

var twice = func(n int) int { return 2 * n }

var (
	gallery []shapes.Shape
	pile    words.Stack[string]
	bound   func(int) int
	plus    func(int) int
	kept    any
	found   = &node{value: 12345}
	visited int
	begun   string
)

func init() {
	begun = "once"
}

// prepare makes values that live as long as the program does.
func prepare() {
	gallery = []shapes.Shape{shapes.Square{Side: 3}, &shapes.Circle{Radius: 2}}
	pile.Push("a")
	pile.Push("b")
	bound = (&scale{factor: 4}).by
	step := 1
	plus = func(n int) int { return n + step }
}

func sieve(end int) []int {
	var found []int
next:
	for n := 2; n < end; n++ {
		for _, prime := range found {
			if n%prime == 0 {
				continue next
			}
		}
		found = append(found, n)
	}
	return found
}
