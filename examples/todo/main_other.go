//go:build !(js && wasm)

package main

// The program is made for the browser; on other systems only its tests run.
func main() {}
