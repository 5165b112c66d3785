// Package front keeps the type-checked sources of one program, and describes them.
package front

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/tinygo-org/tinygo/builder"
	"github.com/tinygo-org/tinygo/compileopts"
	"github.com/tinygo-org/tinygo/compiler"
	"github.com/tinygo-org/tinygo/goenv"
	"github.com/tinygo-org/tinygo/loader"
	"golang.org/x/tools/go/ssa"
	"tinygo.org/x/go-llvm"
)

// interpretation of package initialisers ends after this long; what is left of them runs at the start of the program.
const interpretationLimit = 3 * time.Minute

// Program is a program whose newest right sources are loaded.
type Program struct {
	Config   *compileopts.Config
	Compiler *compiler.Config

	forming sync.Mutex
	built   *ssa.Program
	// foundation is what becomes the next one.
	foundation chan *ssa.Program
	loaded     *loader.Program
	files      *token.FileSet
	// sources has the text of each user file, by path.
	sources map[string][]byte
	// embedded has the content of each file that is embedded, by path.
	embedded map[string][]byte
	facts    map[string]*packageFacts
	generic  map[string]*functionFacts
}

// New is the program in folder; List loads it. The environment says where TinyGo and Go are.
func New(folder, target string, tags []string) (*Program, error) {
	options := &compileopts.Options{
		Target:          target,
		Opt:             "2",
		Debug:           true,
		Tags:            tags,
		GoCompatibility: true,
		InterpTimeout:   interpretationLimit,
		Semaphore:       make(chan struct{}, runtime.NumCPU()),
		Directory:       folder,
	}
	config, err := builder.NewConfig(options)
	if err != nil {
		return nil, err
	}
	_, _, size := config.OptLevel()
	program := &Program{
		Config: config,
		Compiler: &compiler.Config{
			Triple: config.Triple(), CPU: config.CPU(), Features: config.Features(), ABI: config.ABI(),
			GOOS: config.GOOS(), GOARCH: config.GOARCH(), BuildMode: config.BuildMode(), CodeModel: config.CodeModel(),
			RelocationModel: config.RelocationModel(), SizeLevel: size, TinyGoVersion: goenv.Version(),
			Scheduler: config.Scheduler(), AutomaticStackSize: config.AutomaticStackSize(),
			DefaultStackSize: config.StackSize(), MaxStackAlloc: config.MaxStackAlloc(),
			NeedsStackObjects: config.NeedsStackObjects(), PanicStrategy: config.PanicStrategy(), Debug: true,
		},
		files: token.NewFileSet(),
	}
	return program, nil
}

// IsLoaded is false until the sources were right for the first time.
func (p *Program) IsLoaded() bool { return p.loaded != nil }

// Identity names the versions that decide what comes out.
func (p *Program) Identity() string {
	version, _ := goenv.GorootVersionString()
	return fmt.Sprintf("TinyGo %s, %s, LLVM %s", goenv.Version(), version, llvm.Version)
}

// Packages are all packages, each after those that it imports.
func (p *Program) Packages() []*loader.Package { return p.loaded.Sorted() }

// Package is the one with this import path, or nil.
func (p *Program) Package(path string) *loader.Package { return p.loaded.Packages[path] }

// IsUser is true for the packages that may be edited: those of the modules that the program is developed in.
func IsUser(pkg *loader.Package) bool { return pkg.Module.Main }

// Position of something in the sources.
func (p *Program) Position(at token.Pos) token.Position { return p.files.Position(at) }

// Info is what the type checker found.
func Info(pkg *loader.Package) *types.Info {
	return private(pkg, "info").Addr().Interface().(*types.Info)
}

func (p *Program) fileName(file *ast.File) string { return p.files.File(file.Package).Name() }

// user packages, each after those that it imports.
func (p *Program) user() []*loader.Package {
	var own []*loader.Package
	for _, pkg := range p.loaded.Sorted() {
		if IsUser(pkg) {
			own = append(own, pkg)
		}
	}
	return own
}

// Text of a file of the program as it was last taken.
func (p *Program) Text(file string) ([]byte, error) {
	if text, ok := p.sources[file]; ok {
		return text, nil
	}
	return os.ReadFile(file)
}
