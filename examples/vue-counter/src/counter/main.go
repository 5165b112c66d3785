// Counter counts; the page around it is made by Vue. Change what step or Share says while it runs: what
// was counted here, and typed there, stays.
package main

var count int32

// Increment counts once more, and answers where that leads.
//
//go:wasmexport Increment
func Increment() int32 {
	count += step()
	return count
}

//go:wasmexport Reset
func Reset() {
	count = 0
}

//go:wasmexport Count
func Count() int32 {
	return count
}

// Share is how much of a goal has been counted, from 0 to 1.
//
//go:wasmexport Share
func Share(goal float64) float64 {
	if goal <= 0 {
		return 0
	}
	return min(1, float64(count)/goal)
}

//go:wasmexport IsEven
func IsEven() bool {
	return count%2 == 0
}

func step() int32 {
	return 1
}

func main() {
	select {}
}
