// Command compiler keeps TinyGo warm for one program: it answers requests on stdin with facts of the program's sources
// and with relocatable objects of single functions, on stdout. It is started by dev-server and ends with its stdin.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

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

// pause is how long nobody may ask for anything before garbage is collected. Requests follow one another within
// milliseconds while an edit is on its way.
const pause = 100 * time.Millisecond

// memoryLimit is where garbage is collected whatever happens; a large program takes half of it.
const memoryLimit = 384 << 20

type received struct {
	request *wire.Request
	err     error
}

func serve(frames *frames) error {
	// In the middle of an edit a collection costs more than the edit.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(memoryLimit)
	requests := make(chan received)
	go func() {
		for {
			request := &wire.Request{}
			err := frames.read(request)
			requests <- received{request, err}
			if err != nil {
				return
			}
		}
	}()
	service := service{}
	var idle <-chan time.Time
	for {
		select {
		case next := <-requests:
			if errors.Is(next.err, io.EOF) {
				return nil
			} else if next.err != nil {
				return next.err
			}
			if err := frames.write(service.answer(next.request)); err != nil {
				return err
			}
			idle = time.After(pause)
		case <-idle:
			idle = nil
			runtime.GC()
		}
	}
}
