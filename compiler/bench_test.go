package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devserver.dev/compiler/internal/wire"
)

// BenchmarkEdit is what a save costs in a program of several packages: a function is checked, described and compiled.
func BenchmarkEdit(b *testing.B) {
	folder, err := filepath.Abs("../examples/todo")
	if err != nil {
		b.Fatal(err)
	}
	service := &service{}
	ask := func(request *wire.Request) *wire.Reply {
		reply := service.answer(request)
		if failed := reply.GetFailed(); failed != nil {
			b.Fatal(failed)
		}
		return reply
	}
	cache := filepath.Join(os.TempDir(), "dev-server-compiler-test-objects")
	ask(&wire.Request{Body: &wire.Request_Open{Open: &wire.Open{
		PackageFolder: folder, Target: os.Getenv("DEV_SERVER_TINYGO_TARGET"), CacheFolder: cache,
		Clang: "/usr/bin/clang-19", Linker: "/usr/bin/wasm-ld-19",
	}}})
	revised := ask(revision(nil, false)).GetRevised()
	path := filepath.Join(folder, "app/screen.go")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	var appPath string
	for _, pkg := range revised.Packages {
		if strings.HasSuffix(pkg.Path, "/app") {
			appPath = pkg.Path
		}
	}
	var literals []*wire.ClosureFacts
	number := 0
	stages := map[string]time.Duration{}
	for b.Loop() {
		number++
		edited := strings.Replace(string(text), "One thing", "One "+strings.Repeat("x", number%9), 1)
		service.said = nil
		after := ask(revision(map[string]string{path: edited}, false))
		var changed []string
		for index, pkg := range after.GetRevised().Packages {
			for at, function := range pkg.Functions {
				if string(function.Fingerprint) != string(revised.Packages[index].Functions[at].Fingerprint) {
					changed = append(changed, function.Name)
				}
			}
		}
		compiled := ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
			Patch: 1, Parts: []*wire.Part{{Path: appPath, Functions: changed, Literals: literals}},
		}}})
		// The next edit finds the program with what this one has brought.
		literals = compiled.GetCompiled().Closures
		for _, reply := range []*wire.Reply{after, compiled} {
			for _, stage := range reply.Stages {
				stages[stage.Name] += time.Duration(stage.Microseconds) * time.Microsecond
			}
		}
	}
	for name, total := range stages {
		b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), name+"-ms/op")
	}
}
