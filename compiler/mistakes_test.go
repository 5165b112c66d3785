package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"devserver.dev/compiler/internal/wire"
)

const imported = "package main\n\nimport _ %q\n\nfunc main() {}\n"

// written is a program of these files that is open in a service of its own.
func written(t *testing.T, files map[string]string) *program {
	t.Helper()
	p := openProgram(t)
	for _, name := range []string{"main.go", "shapes"} {
		if err := os.RemoveAll(filepath.Join(p.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	p.write(files)
	return p
}

func (p *program) write(files map[string]string) {
	p.t.Helper()
	for name, text := range files {
		path := filepath.Join(p.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// mistakes as they are shown, paths relative to the program.
func (p *program) mistakes(request *wire.Request) []string {
	p.t.Helper()
	failed := p.service.answer(request).GetFailed()
	if failed.GetReason() != "" {
		p.t.Fatal(failed.Reason)
	}
	var found []string
	for _, problem := range failed.GetProblems() {
		file := strings.TrimPrefix(problem.File, p.folder+"/")
		message := strings.ReplaceAll(problem.Message, p.folder, "FOLDER")
		found = append(found, fmt.Sprintf("%s:%d:%d: %s", file, problem.Line, problem.Column, message))
	}
	return found
}

func TestEveryMistakeHasItsPlace(t *testing.T) {
	for name, one := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"unused": {
			map[string]string{"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { x := 1 }\n"},
			[]string{"main.go:5:15: declared and not used: x", "main.go:3:8: \"fmt\" imported and not used"},
		},
		"types in several files": {
			map[string]string{
				"main.go":  "package main\n\nfunc main() { unknown() }\n",
				"other.go": "package main\n\nvar x int = \"a\"\n",
			},
			[]string{
				"main.go:3:15: undefined: unknown",
				"other.go:3:13: cannot use \"a\" (untyped string constant) as int value in variable declaration",
			},
		},
		"syntax in several files": {
			map[string]string{"main.go": "package main\n\nfunc main() { if }\n", "other.go": "package main\n\nvar x = \n"},
			[]string{"main.go:3:18: expected operand, found '}'", "other.go:3:10: expected operand, found 'EOF'"},
		},
		"half a file": {
			map[string]string{"main.go": "package main\n\nfunc main() {\n\tprintln(1)\n"},
			[]string{"main.go:4:13: expected '}', found 'EOF'"},
		},
		"an empty file": {
			map[string]string{"main.go": "package main\n\nfunc main() {}\n", "other.go": ""},
			[]string{"other.go:1:1: expected 'package', found 'EOF'"},
		},
		"declared twice": {
			map[string]string{
				"main.go":  "package main\n\nfunc main() {}\n\nfunc f() {}\n",
				"other.go": "package main\n\nfunc f() {}\n",
			},
			[]string{"other.go:3:6: f redeclared in this block\n\tmain.go:5:6: other declaration of f"},
		},
		"a circle of values": {
			map[string]string{"main.go": "package main\n\nvar a = b\nvar b = a\n\nfunc main() {}\n"},
			[]string{"main.go:3:5: initialization cycle for a\n\tmain.go:3:5: a refers to b\n\tmain.go:4:5: b refers to a"},
		},
		"a circle of packages": {
			map[string]string{
				"main.go": fmt.Sprintf(imported, "example.test/program/a"),
				"a/a.go":  "package a\n\nimport _ \"example.test/program/b\"\n",
				"b/b.go":  "package b\n\nimport _ \"example.test/program/a\"\n",
			},
			[]string{"a/a.go:3:10: import cycle not allowed: example.test/program/a imports example.test/program/b imports example.test/program/a"},
		},
		"two packages in a folder": {
			map[string]string{"main.go": "package main\n\nfunc main() {}\n", "other.go": "package other\n"},
			[]string{"other.go:1:9: found packages main (main.go) and other (other.go) in FOLDER"},
		},
		"a package of no library": {
			map[string]string{"main.go": fmt.Sprintf(imported, "nosuch")},
			[]string{"main.go:3:8: package nosuch is not in std"},
		},
		"a package that is not there": {
			map[string]string{"main.go": fmt.Sprintf(imported, "example.test/program/nosuch")},
			[]string{"main.go:3:8: no required module provides package example.test/program/nosuch; to add it:\n\tgo get example.test/program/nosuch"},
		},
		"a package without files": {
			map[string]string{
				"main.go": fmt.Sprintf(imported, "example.test/program/a"),
				"a/a.go":  "//go:build never\n\npackage a\n",
			},
			[]string{"a/a.go:1:1: build constraints exclude all Go files in FOLDER/a"},
		},
		"a program without files": {
			map[string]string{"main.go": "//go:build never\n\npackage main\n\nfunc main() {}\n"},
			[]string{"main.go:1:1: build constraints exclude all Go files in FOLDER"},
		},
		"a program that is gone": {nil, []string{":0:0: no Go files in FOLDER"}},
		"no main": {
			map[string]string{"main.go": "package main\n"},
			[]string{"main.go:1:9: function main is undeclared in the main package"},
		},
		"a function without a body": {
			map[string]string{"main.go": "package main\n\nfunc f()\n\nfunc main() { f() }\n"},
			[]string{"main.go:3:6: missing function body"},
		},
		"a package that cannot be compiled": {
			map[string]string{"main.go": fmt.Sprintf(imported, "net/http")},
			[]string{"main.go:3:10: net/http needs internal/poll, which cannot be compiled by TinyGo for WebAssembly: undefined: syscall.Iovec"},
		},
		"a broken module": {
			map[string]string{"main.go": fmt.Sprintf(imported, "fmt"), "go.mod": "module example.test/program\n\nrequires x\n"},
			[]string{"go.mod:3:0: unknown directive: requires"},
		},
		"a module of another Go": {
			map[string]string{"main.go": fmt.Sprintf(imported, "fmt"), "go.mod": "module example.test/program\n\ngo 1.99\n"},
			[]string{"go.mod:1:1: go.mod requires go >= 1.99"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := written(t, one.files)
			found := p.mistakes(revision(nil, true))
			for index := range found {
				// The version of the Go that runs the test stands behind it.
				found[index], _, _ = strings.Cut(found[index], " (running ")
			}
			slices.Sort(found)
			slices.Sort(one.want)
			if !slices.Equal(found, one.want) {
				t.Errorf("found %q, want %q", found, one.want)
			}
			p.write(map[string]string{"main.go": "package main\n\nfunc main() {}\n", "go.mod": "module example.test/program\n\ngo 1.24\n"})
			_ = os.Remove(filepath.Join(p.folder, "other.go"))
			if found := p.mistakes(revision(nil, true)); len(found) > 0 {
				t.Errorf("mended, it has %q", found)
			}
		})
	}
}

func TestALongFileIsTakenInGoodTime(t *testing.T) {
	var text strings.Builder
	text.WriteString("package main\n\nfunc main() { f0(1) }\n")
	for number := range 5000 {
		fmt.Fprintf(&text, "\nfunc f%d(n int) int {\n\treturn n + f%d(n-1)\n}\n", number, (number+1)%5000)
	}
	p := written(t, map[string]string{"main.go": text.String()})
	p.ask(revision(nil, true))
	edited := strings.Replace(text.String(), "return n + f8(", "return n * f8(", 1)
	began := time.Now()
	p.revise(map[string]string{filepath.Join(p.folder, "main.go"): edited})
	compiled := p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
		Patch: 1, Parts: []*wire.Part{{Path: "example.test/program", Functions: []string{"main.f7"}}},
	}}}).GetCompiled()
	if elapsed := time.Since(began); elapsed > 5*time.Second || len(compiled.Objects[0].Content) > 4096 {
		t.Errorf("%v for %d bytes", elapsed, len(compiled.Objects[0].Content))
	} else {
		t.Log(elapsed)
	}
}
