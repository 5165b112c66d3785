//go:build !tinygo

package main

// The component is made for TinyGo, which can do without a system.
func main() {}
