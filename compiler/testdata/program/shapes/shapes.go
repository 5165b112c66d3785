package shapes

type Shape interface{ Area() float64 }

type Circle struct{ Radius float64 }

func (c Circle) Area() float64 { return c.Radius * c.Radius * pi }

const pi = 3

func Largest[T int | float64](list []T) T {
	var largest T
	for _, one := range list {
		if one > largest {
			largest = one
		}
	}
	return largest
}
