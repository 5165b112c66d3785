package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"hot/shapes"
	"hot/words"
)

const caption = "hot"

const size = 3

// report has a line for each thing that can be edited.
func report(string) string {
	lines := []string{
		"caption=" + caption,
		"size=" + digits(size),
		"label=" + label(7),
		"bonus=" + digits(bonus(1)),
		"ratio=" + fmt.Sprint(ratio()/2),
		"sum=" + digits(sum(10)),
		"shapes=" + listed(),
		"printed=" + printed(),
		"largest=" + digits(words.Largest(3, 9, 4)),
		"widest=" + digits(shapes.Widest(gallery...)),
		"stack=" + pile.Joined("+"),
		"guarded=" + guarded(4),
		"described=" + described(),
		"bound=" + digits(bound(5)),
		"twice=" + digits(twice(8)),
		"plus=" + digits(plus(8)),
		"loud=" + speak(),
		"local=" + local(2),
		"limit=" + digits(limit),
		"names=" + strings.Join(names[:], ","),
		"primes=" + fmt.Sprint(primes),
		"grid=" + grid[point{1, 2}],
		"sorted=" + sorted(),
		"area=" + digits(shapes.Area(3, 4)),
		"greeting=" + words.Greet("Ada"),
		"held=" + held(),
		"begun=" + begun,
		"extra=" + extra(),
	}
	return strings.Join(lines, "\n")
}

func digits(number int) string {
	return strconv.Itoa(number)
}

func label(n int) string {
	return "label-" + digits(n)
}

func bonus(x int) int {
	return x + 10
}

func ratio() int {
	return 7
}

func sum(n int) int {
	total := 0
	for i := 0; i < n; i++ {
		if i%2 == 0 {
			total += i
		}
	}
	return total
}

// listed calls methods through an interface.
func listed() string {
	var parts []string
	for _, shape := range gallery {
		parts = append(parts, shape.Name()+":"+digits(shape.Area()))
	}
	return strings.Join(parts, " ")
}

// printed leaves it to fmt to find out what can say itself.
func printed() string {
	return fmt.Sprint(shapes.Square{Side: 2}, point{3, 4}, weight(5))
}

func guarded(n int) (result string) {
	defer func() { result += "!" }()
	for i := 0; i < n; i++ {
		defer func() { result += digits(i) }()
	}
	return "guarded"
}

// described has a type switch.
func described() string {
	text := ""
	for _, value := range []any{1, "a", shapes.Square{Side: 1}, point{0, 1}, nil} {
		switch value := value.(type) {
		case int:
			text += "int" + digits(value)
		case string:
			text += " string " + value
		case shapes.Shape:
			text += " shape " + value.Name()
		case fmt.Stringer:
			text += " stringer"
		default:
			text += " other"
		}
	}
	return text
}

func speak() string {
	var animal speaker = &loud{dog: &dog{name: "Rex"}, times: 2}
	return animal.Speak()
}

func local(n int) string {
	type pair struct{ first, second int }
	var value any = pair{n, n + 1}
	if kept == nil {
		kept = value
	}
	if known, ok := kept.(pair); ok {
		return digits(known.first + known.second)
	}
	return "of another type"
}

func sorted() string {
	list := []int{3, 1, 2}
	sort.Slice(list, func(i, j int) bool { return before(list[i], list[j]) })
	return fmt.Sprint(list)
}

func before(a, b int) bool { return a < b }

type node struct {
	value int
	rest  [6]int
}

// held has the only reference to a node while it calls what allocates nothing.
func held() string {
	only := found
	found = nil
	quiet()
	found = only
	return digits(only.value)
}

func quiet() {
	visited++
}

func scaled(n int) int {
	return n * size
}

func extra() string {
	return "-"
}
