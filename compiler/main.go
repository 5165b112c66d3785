// Command compiler keeps TinyGo warm for one program: it answers requests on stdin with facts of the program's sources
// and with relocatable objects of single functions, on stdout. It is started by dev-server and ends with its stdin.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"devserver.dev/compiler/internal/wire"
)

func main() {
	output, err := ownOutput()
	if err == nil {
		err = serve(&frames{bufio.NewReader(os.Stdin), output})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ownOutput keeps stdout for replies: whatever libraries print goes where errors go.
func ownOutput() (*os.File, error) {
	kept, err := unix.Dup(int(os.Stdout.Fd()))
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(kept)
	if err := unix.Dup2(int(os.Stderr.Fd()), int(os.Stdout.Fd())); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(kept), "replies"), nil
}

func serve(frames *frames) error {
	service := service{}
	for {
		request := &wire.Request{}
		if err := frames.read(request); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := frames.write(service.answer(request)); err != nil {
			return err
		}
	}
}
