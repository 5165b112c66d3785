// Package shapes has an interface with several implementations.
package shapes

import "hot/words"

// Shape is implemented by values and by pointers.
type Shape interface {
	Name() string
	Area() int
}

// Square is a shape as a value.
type Square struct{ Side int }

// Name of the shape.
func (s Square) Name() string { return "square" }

// Area of the shape.
func (s Square) Area() int { return Area(s.Side, s.Side) }

// Circle is a shape as a pointer.
type Circle struct{ Radius int }

// Name of the shape.
func (c *Circle) Name() string { return "circle" }

// Area of the shape.
func (c *Circle) Area() int { return 3 * c.Radius * c.Radius }

// Area of a rectangle.
func Area(width, height int) int {
	return width * height
}

// Widest area of all.
func Widest(all ...Shape) int {
	widest := 0
	for _, shape := range all {
		widest = words.Largest(widest, shape.Area())
	}
	return widest
}
