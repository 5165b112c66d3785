package main

import "example.test/page/words"

type sum struct{ total int32 }

var all sum

//go:wasmexport Add
func Add(one, other int32) int32 {
	all.total += one + other
	return one + other
}

//go:wasmexport Total
func Total() int32 { return all.total }

//export Shout
func shout(text string) int32 { return words.Length(text + "!") }

//go:wasmexport IsLarge
func IsLarge(number uint64) bool { return number > 1<<40 }

//go:wasmexport Fall
func Fall(index int32) int32 {
	return []int32{1, 2}[index]
}

func main() { select {} }
