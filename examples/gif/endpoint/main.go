// Endpoint is the animation as a program that answers requests of HTTP, each in a run of its own:
//
//	dev-server serve --host-module examples/gif/endpoint --route /gif
package main

import (
	"os"

	"devserver.dev/examples/gif/exchange"
)

func main() {
	if err := exchange.Serve(os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString("endpoint: " + err.Error() + "\n")
		os.Exit(1)
	}
}
