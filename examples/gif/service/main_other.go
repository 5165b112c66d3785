//go:build !tinygo

package main

// The service is made for TinyGo, which builds components.
func main() {}
