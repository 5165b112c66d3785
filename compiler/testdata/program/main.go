package main

import (
	"fmt"
	"time"

	"example.test/program/shapes"
)

const greeting = "hello"

var (
	count   int
	started = time.Now()
	names   = map[string]int{"one": 1}
)

func init() { count = 1 }

func main() {
	go tick()
	report()
	select {}
}

func tick() {
	for {
		count++
		time.Sleep(time.Second)
	}
}

func report() {
	add := func(by int) int { return count + by }
	fmt.Println(greeting, add(1), describe(shapes.Circle{Radius: 2}), shapes.Largest([]int{1, 2}), names["one"], started)
}

func describe(shape shapes.Shape) string {
	return fmt.Sprint(shape.Area())
}
