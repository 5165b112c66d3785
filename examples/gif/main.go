// Gif answers requests for an animation: on its standard input in, on its standard output out. It is the module of the
// story, and runs without one too.
package main

import (
	"os"

	"devserver.dev/examples/gif/protocol"
)

// server has its buffers in the module's own memory.
var server protocol.Server

func main() {
	if err := server.Serve(os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString("gif: " + err.Error() + "\n")
		os.Exit(1)
	}
}
