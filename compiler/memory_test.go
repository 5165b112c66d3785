package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"devserver.dev/compiler/internal/wire"
)

// mostResident is what a program of some packages may take; the machine has other things to do.
const mostResident = 400 << 20

// TestMemoryOfAProgramStaysBounded edits an example as a day of work does. EDITS=1000 is the length that counts; the
// usual one finds what piles up with every edit.
func TestMemoryOfAProgramStaysBounded(t *testing.T) {
	edits := 250
	if number, err := strconv.Atoi(os.Getenv("EDITS")); err == nil {
		edits = number
	}
	folder, err := filepath.Abs("../examples/todo")
	if err != nil {
		t.Fatal(err)
	}
	p := openProgramIn(t, folder)
	p.ask(revision(nil, true))
	path := filepath.Join(folder, "app/screen.go")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := p.revise(nil)
	edit := func(number int) {
		edited := strings.Replace(string(text), "One thing", "One "+strings.Repeat("x", number%9), 1)
		if number%10 == 9 {
			// A mistake is made and mended.
			p.service.answer(revision(map[string]string{path: edited + "\nfunc broken() { return 1 }\n"}, false))
		}
		after := p.revise(map[string]string{path: edited})
		compile := &wire.Compile{Patch: uint32(number)}
		for index, pkg := range after.Packages {
			part := &wire.Part{Path: pkg.Path}
			for at, function := range pkg.Functions {
				if string(function.Fingerprint) != string(before.Packages[index].Functions[at].Fingerprint) {
					part.Functions = append(part.Functions, function.Name)
				}
			}
			if len(part.Functions) > 0 {
				compile.Parts = append(compile.Parts, part)
			}
		}
		before = after
		p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: compile}})
	}
	measure := func() uint64 {
		// Without what the runtime keeps for later, which is more or less by chance.
		debug.FreeOSMemory()
		return p.ask(&wire.Request{Body: &wire.Request_Measure{Measure: &wire.Measure{}}}).GetMeasured().Resident
	}
	for number := range 50 {
		edit(number)
	}
	early := measure()
	for number := range edits {
		edit(number)
	}
	late := measure()
	if late > early+early/10 || late > mostResident {
		t.Errorf("%d bytes after 50 edits, %d after %d", early, late, 50+edits)
	}
	t.Logf("%d MiB after 50 edits, %d MiB after %d", early>>20, late>>20, 50+edits)
}
