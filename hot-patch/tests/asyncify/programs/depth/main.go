// Waiting deep inside of recursion, closures, interfaces, sorts and loops, with values of all kinds in use meanwhile.
package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"time"
)

type node interface {
	sum(yield func(int)) (int, float64)
}

type leaf struct {
	value int
}

type branch struct {
	children []node
	weight   float64
}

func (l leaf) sum(yield func(int)) (int, float64) {
	yield(l.value)
	return l.value, 1
}

func (b *branch) sum(yield func(int)) (int, float64) {
	total, weight := 0, 0.0
	for i, child := range b.children {
		before := total * (i + 1)
		value, part := child.sum(yield)
		total += value + before%7
		weight += part * b.weight
		if i == 1 {
			runtime.Gosched()
		}
	}
	return total, weight
}

func tree(depth, width int) node {
	if depth == 0 {
		return leaf{width}
	}
	made := &branch{weight: 1 / float64(depth+1)}
	for i := 0; i < width; i++ {
		made.children = append(made.children, tree(depth-1, width-i%2))
	}
	return made
}

func recursion(depth int, out chan<- int) int {
	if depth == 0 {
		out <- -1
		return 1
	}
	left := recursion(depth-1, out)
	if depth%3 == 0 {
		out <- depth
	}
	return left*3 + depth
}

type waiting []int

func (w waiting) Len() int           { return len(w) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w waiting) Less(i, j int) bool { runtime.Gosched(); return w[i] < w[j] }

func generic[K comparable, V int | float64](in map[K]V, wait func(K) V) V {
	var total V
	for key, value := range in {
		total += value * wait(key)
	}
	return total
}

func states(out chan<- string) {
	defer close(out)
	state, steps := "start", 0
	var trail strings.Builder
machine:
	for {
		steps++
		switch state {
		case "start":
			for i := range 3 {
				for j := range 3 {
					if i == j {
						continue
					}
					if i*j == 2 {
						state = "middle"
						continue machine
					}
					out <- fmt.Sprint(i, j)
				}
			}
		case "middle":
			time.Sleep(time.Microsecond)
			fmt.Fprintf(&trail, "<%d>", steps)
			if steps > 6 {
				state = "end"
			}
		case "end":
			out <- trail.String()
			break machine
		default:
			panic("unknown state")
		}
	}
}

func deferred() (text string) {
	steps := make(chan string)
	go func() {
		defer close(steps)
		for i := 0; i < 3; i++ {
			defer func(n int) { steps <- fmt.Sprint("deferred ", n) }(i)
		}
		steps <- "body"
	}()
	for step := range steps {
		text += step + "."
	}
	return text
}

func numbers() string {
	a, b, c, d := int8(-3), uint16(65000), float32(1.25), complex(1, -2)
	e, f := int64(-1)<<40, uint64(1)<<63
	for i := 0; i < 4; i++ {
		runtime.Gosched()
		a, b = a*3+1, b+300
		c, d = c*c-0.5, d*d/2
		time.Sleep(time.Microsecond)
		e, f = e*31+int64(a), f>>1|uint64(b)
	}
	return fmt.Sprint(a, " ", b, " ", c, " ", d, " ", e, " ", f)
}

func main() {
	values := make(chan int)
	go func() {
		defer close(values)
		total, weight := tree(4, 4).sum(func(value int) { values <- value })
		fmt.Printf("tree: %d %.5f\n", total, weight)
	}()
	count := 0
	for value := range values {
		count += value
	}
	fmt.Println("leaves:", count)

	out := make(chan int, 1)
	done := make(chan int)
	go func() { done <- recursion(40, out) }()
	for seen := 0; ; {
		select {
		case value := <-out:
			seen += value
			continue
		case result := <-done:
			fmt.Println("recursion:", seen, result)
		}
		break
	}

	list := waiting{5, 2, 8, 1, 9, 3, 7, 7, 0, 6}
	sort.Sort(list)
	fmt.Println("sorted:", list)

	total := generic(map[string]float64{"a": 1.5, "b": 2.5}, func(key string) float64 {
		time.Sleep(time.Microsecond)
		return float64(len(key)) * 2
	})
	fmt.Println("generic:", total, generic(map[int]int{1: 2, 3: 4}, func(key int) int { runtime.Gosched(); return key }))

	texts := make(chan string)
	go states(texts)
	for text := range texts {
		fmt.Print(text, " ")
	}
	fmt.Println()
	fmt.Println(deferred())
	fmt.Println(numbers())
}
