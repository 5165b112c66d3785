//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"devserver.dev/examples/gif/answer"
	"devserver.dev/examples/gif/compare"
	"devserver.dev/examples/gif/handler"
	"devserver.dev/examples/gif/imports"
)

// TestModules builds the program for WASI preview 1 and has it answer under node.
func TestModules(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	t.Run("go", func(t *testing.T) {
		module := filepath.Join(t.TempDir(), "gif.wasm")
		build := exec.Command("go", "build", "-o", module, ".")
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
		run(t, build)
		answersLikeTheHandlers(t, node, module)
	})
	t.Run("tinygo", func(t *testing.T) {
		module := tinygo(t, "wasip1", ".")
		answersLikeTheHandlers(t, node, module)
		staysInItsMemory(t, node, module)
	})
}

func answersLikeTheHandlers(t *testing.T, node, module string) {
	bytecode := read(t, module)
	wanted, err := imports.Of(bytecode)
	if err != nil || len(wanted) == 0 {
		t.Fatalf("%v, %v", wanted, err)
	}
	if foreign := imports.Foreign(wanted); len(foreign) > 0 {
		t.Errorf("it wants %v, which no host offers", foreign)
	}

	var vectors []struct {
		Name    string
		Answers []answer.Answer
	}
	if err := json.Unmarshal(read(t, "testdata/vectors/vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, vector := range vectors {
		name := vector.Name + ".request"
		write(t, filepath.Join(folder, name), read(t, filepath.Join("testdata/vectors", name)))
	}
	run(t, exec.Command(node, "--no-warnings", "testdata/run.mjs", module, folder))
	for _, vector := range vectors {
		answers := answersIn(t, folder, vector.Name)
		if made, expected := described(answers), described(vector.Answers); made != expected {
			t.Errorf("%s is answered with %s instead of %s", vector.Name, made, expected)
		}
		if vector.Name == "all-defaults" {
			response := httptest.NewRecorder()
			handler.Plain(response, httptest.NewRequest(http.MethodGet, "/", nil))
			difference, err := compare.GIFs(response.Body.Bytes(), answers[0].GIF)
			if err != nil || difference.Part() > compare.Tolerated || response.Code != answers[0].Status {
				t.Errorf("the handler says %d, the module %d; %+v, %v", response.Code, answers[0].Status, difference, err)
			}
		}
	}
}

// staysInItsMemory lets one module answer a few requests and many: nothing frees what it allocates.
func staysInItsMemory(t *testing.T, node, module string) {
	folder := t.TempDir()
	var stream []byte
	for _, name := range []string{"all-fields", "payload", "several", "frames-zero", "unknown-field", "too-many-pixels", "payload-too-long"} {
		stream = append(stream, read(t, filepath.Join("testdata/vectors", name+".request"))...)
	}
	write(t, filepath.Join(folder, "few.request"), stream)
	write(t, filepath.Join(folder, "many.request"), bytes.Repeat(stream, 2000))
	output := run(t, exec.Command(node, "--no-warnings", "testdata/run.mjs", module, folder))
	var memory struct{ Few, Many int }
	if err := json.Unmarshal([]byte(output), &memory); err != nil {
		t.Fatal(err)
	}
	if memory.Few != memory.Many || memory.Few == 0 {
		t.Errorf("%d bytes for a few requests, %d for many", memory.Few, memory.Many)
	}
	few, many := answersIn(t, folder, "few"), answersIn(t, folder, "many")
	if len(many) != 2000*len(few) || described(many[len(many)-len(few):]) != described(few) {
		t.Errorf("%d answers, and then %d", len(few), len(many))
	}
}

func answersIn(t *testing.T, folder, name string) []answer.Answer {
	t.Helper()
	answers, err := answer.All(read(t, filepath.Join(folder, name+".answer")))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return answers
}

func described(answers []answer.Answer) string {
	text, _ := json.Marshal(answers)
	return string(text)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func write(t *testing.T, path string, bytes []byte) {
	t.Helper()
	if err := os.WriteFile(path, bytes, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var output, errors strings.Builder
	command.Stdout, command.Stderr = &output, &errors
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, &output, &errors)
	}
	return output.String()
}
