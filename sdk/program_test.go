//go:build !(js && wasm)

package live_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

type compiler struct {
	name string
	// build compiles testdata/program to output and returns the path of the glue that fits.
	build func(t *testing.T, output string) string
}

// TestContract runs a real program under node against a page that keeps the other side of the contract. TinyGo takes
// part when DEV_SERVER_TINYGO names its binary, with DEV_SERVER_TINYGO_TARGET as -target (wasm if unset).
func TestContract(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	for _, compiler := range compilers() {
		t.Run(compiler.name, func(t *testing.T) {
			module := filepath.Join(t.TempDir(), "program.wasm")
			glue := compiler.build(t, module)
			for _, place := range []string{"page", "worker"} {
				t.Run(place, func(t *testing.T) {
					run(t, exec.Command(node, "testdata/page.cjs", glue, module, place))
				})
			}
		})
	}
}

func compilers() []compiler {
	found := []compiler{{"go", buildWithGo}}
	if os.Getenv("DEV_SERVER_TINYGO") != "" {
		found = append(found, compiler{"tinygo", buildWithTinyGo})
	}
	return found
}

func buildWithGo(t *testing.T, output string) string {
	build := exec.Command("go", "build", "-o", output, "./testdata/program")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	run(t, build)
	root := run(t, exec.Command("go", "env", "GOROOT"))
	return filepath.Join(strings.TrimSpace(root), "lib/wasm/wasm_exec.js")
}

func buildWithTinyGo(t *testing.T, output string) string {
	tinygo := os.Getenv("DEV_SERVER_TINYGO")
	target := os.Getenv("DEV_SERVER_TINYGO_TARGET")
	if target == "" {
		target = "wasm"
	}
	run(t, exec.Command(tinygo, "build", "-target", target, "-o", output, "./testdata/program"))
	root := run(t, exec.Command(tinygo, "env", "TINYGOROOT"))
	return filepath.Join(strings.TrimSpace(root), "targets/wasm_exec.js")
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
