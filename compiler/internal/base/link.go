package base

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tinygo-org/tinygo/goenv"
	"github.com/tinygo-org/tinygo/loader"
	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/back"
	"devserver.dev/compiler/internal/front"
)

// longestTool is how long clang and the linker may take; they take less than a second.
const longestTool = 2 * time.Minute

// Tools are the programs of LLVM that are not libraries.
type Tools struct {
	Clang, Linker string
}

// Object is a relocatable object in a file.
type Object struct {
	// Package is its import path, or empty.
	Package string
	File    string
	User    bool
}

// Module is a linked program with its relocations, and what it was made from.
type Module struct {
	Objects      []Object
	Archives     []string
	Placeholders []string
}

// Link compiles what is not kept already, and writes the module to output.
func (c *Cache) Link(program *front.Program, tools Tools, output string) (*Module, error) {
	machine, err := front.NewMachine(program.Compiler)
	if err != nil {
		return nil, err
	}
	defer machine.Dispose()
	module := &Module{}
	if module.Objects, err = c.packages(program, program.Packages()); err != nil {
		return nil, err
	}
	support, err := back.Support(program, machine)
	if err != nil {
		return nil, err
	}
	if err := c.add(module, support); err != nil {
		return nil, err
	}
	if module.Placeholders, err = absentDescriptors(module.Objects); err != nil {
		return nil, err
	}
	places, err := back.Placeholders(program, machine, module.Placeholders)
	if err != nil {
		return nil, err
	}
	if err := c.add(module, places); err != nil {
		return nil, err
	}
	if err := c.assemblerFiles(program, tools, module); err != nil {
		return nil, err
	}
	return module, link(program, tools, module, output)
}

// Packages compiles what is not kept already of some packages of the program.
func (c *Cache) Packages(program *front.Program, wanted []*loader.Package) ([]Object, error) {
	return c.packages(program, wanted)
}

func (c *Cache) packages(program *front.Program, wanted []*loader.Package) ([]Object, error) {
	elsewhere := map[string]map[string]bool{}
	for symbol, owner := range program.Linknames() {
		for _, pkg := range program.Packages() {
			if pkg != owner && strings.HasPrefix(symbol, pkg.Pkg.Path()+".") {
				if elsewhere[pkg.ImportPath] == nil {
					elsewhere[pkg.ImportPath] = map[string]bool{}
				}
				elsewhere[pkg.ImportPath][symbol] = true
			}
		}
	}
	keys, err := keys(program, elsewhere)
	if err != nil {
		return nil, err
	}
	objects := make([]Object, len(wanted))
	errs := make([]error, len(wanted))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.NumCPU(), len(wanted)) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			machine, err := front.NewMachine(program.Compiler)
			if err == nil {
				defer machine.Dispose()
			}
			for index := range next {
				if errs[index] = err; err == nil {
					pkg := wanted[index]
					objects[index], errs[index] = c.object(program, pkg, machine, keys, elsewhere)
				}
			}
		}()
	}
	for index := range wanted {
		next <- index
	}
	close(next)
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return objects, nil
}

func (c *Cache) object(program *front.Program, pkg *loader.Package, machine llvm.TargetMachine, keys map[string]string,
	elsewhere map[string]map[string]bool) (Object, error) {
	file, err := c.Object(keys[pkg.ImportPath], func() ([]byte, error) {
		return back.Whole(program, pkg, machine, elsewhere[pkg.ImportPath])
	})
	return Object{Package: pkg.ImportPath, File: file, User: front.IsUser(pkg)}, err
}

// add keeps an object that belongs to no package, under its own hash.
func (c *Cache) add(module *Module, content []byte) error {
	sum := sha256.Sum256(content)
	file, err := c.Object(hex.EncodeToString(sum[:16]), func() ([]byte, error) { return content, nil })
	module.Objects = append(module.Objects, Object{File: file})
	return err
}

// assemblerFiles are those of the runtime and the scheduler.
func (c *Cache) assemblerFiles(program *front.Program, tools Tools, module *Module) error {
	root := goenv.Get("TINYGOROOT")
	for _, file := range program.Config.ExtraFiles() {
		if filepath.Ext(file) != ".S" {
			return front.ErrUnsupported(fmt.Sprintf("the target needs %s, which is no assembler file", file))
		}
		path := filepath.Join(root, file)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(append([]byte(format+program.Identity()+program.Compiler.Features), text...))
		object, err := c.Object(hex.EncodeToString(sum[:16]), func() ([]byte, error) {
			return assembled(tools, program, path)
		})
		if err != nil {
			return err
		}
		module.Objects = append(module.Objects, Object{File: object})
	}
	return nil
}

func assembled(tools Tools, program *front.Program, path string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "assembler")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	output := filepath.Join(folder, "object.o")
	features := []string{"-mbulk-memory", "-msign-ext", "-mnontrapping-fptoint"}
	arguments := append([]string{"--target=" + program.Compiler.Triple, "-c", path, "-o", output}, features...)
	if _, err := run(tools.Clang, arguments); err != nil {
		return nil, err
	}
	return os.ReadFile(output)
}

func link(program *front.Program, tools Tools, module *Module, output string) error {
	arguments := []string{
		"--export-table", "--growable-table", "--export=__stack_pointer", "--emit-relocs",
		"--export=__devserver_arena", "--export=__devserver_slots", "-o", output,
	}
	for _, flag := range program.Config.LDFlags() {
		if strings.HasSuffix(flag, ".a") {
			module.Archives = append(module.Archives, flag)
		} else {
			arguments = append(arguments, flag)
		}
	}
	for _, object := range module.Objects {
		arguments = append(arguments, object.File)
	}
	said, err := run(tools.Linker, append(arguments, module.Archives...))
	if err != nil {
		return err
	}
	// Calls of such a function are traps.
	if _, rest, found := strings.Cut(said, "function signature mismatch: "); found {
		symbol, _, _ := strings.Cut(rest, "\n")
		return front.ErrUnsupported(symbol + " is not declared as it is defined")
	}
	return nil
}

// run gives what the tool said.
func run(tool string, arguments []string) (string, error) {
	limit, cancel := context.WithTimeout(context.Background(), longestTool)
	defer cancel()
	command := exec.CommandContext(limit, tool, arguments...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		text := said.Bytes()
		return "", fmt.Errorf("%s: %w: %s", tool, err, text[:min(len(text), 4096)])
	}
	return said.String(), nil
}
