//go:build !js

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tinygo builds a package with the flags of the README, and returns the module. It skips the test unless
// DEV_SERVER_TINYGO names a TinyGo. DEV_SERVER_TINYGO_TARGET is its target for pages, if that is a file which tells it
// where the libraries of the system are, because it does not bring its own.
func tinygo(t *testing.T, target, folder string) string {
	t.Helper()
	binary := os.Getenv("DEV_SERVER_TINYGO")
	if binary == "" {
		t.Skip("DEV_SERVER_TINYGO names no TinyGo")
	}
	if page := os.Getenv("DEV_SERVER_TINYGO_TARGET"); page != "" {
		target = targetLike(t, page, target)
	}
	module := filepath.Join(t.TempDir(), "gif.wasm")
	build := exec.Command(binary, "build", "-target", target, "-opt=2", "-gc=leaking", "-scheduler=none", "-no-debug",
		"-o", module, folder)
	run(t, build)
	return module
}

// differences are those that TinyGo's own targets have to the one for pages.
var differences = map[string]map[string]any{
	"wasip1": {"goos": "wasip1"},
	"wasm-unknown": {
		"goos": "linux", "goarch": "arm", "buildmode": "c-shared", "build-tags": []string{"tinygo.wasm", "wasm_unknown"},
		"default-stack-size": 4096,
	},
}

func targetLike(t *testing.T, page, name string) string {
	t.Helper()
	var target map[string]any
	if err := json.Unmarshal(read(t, page), &target); err != nil {
		t.Fatal(err)
	}
	var flags []string
	for _, flag := range target["ldflags"].([]any) {
		if flag := flag.(string); !strings.HasPrefix(flag, "--allow-undefined-file") {
			flags = append(flags, flag)
		}
	}
	if name == "wasm-unknown" {
		flags = append(flags, "--no-entry")
	}
	target["ldflags"] = flags
	for field, value := range differences[name] {
		target[field] = value
	}
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".json")
	write(t, path, text)
	return path
}
