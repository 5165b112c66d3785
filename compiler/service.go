package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tinygo-org/tinygo/loader"
	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/back"
	"devserver.dev/compiler/internal/base"
	"devserver.dev/compiler/internal/front"
	"devserver.dev/compiler/internal/wire"
)

// service answers requests about one program.
type service struct {
	program *front.Program
	cache   *base.Cache
	tools   base.Tools
	machine llvm.TargetMachine
	stages  []*wire.Stage
	began   time.Time
	live    liveSymbols
	said    saidFacts
}

var errNotOpen = errors.New("no program is open")

func (s *service) answer(request *wire.Request) *wire.Reply {
	s.stages, s.began = nil, time.Now()
	reply := &wire.Reply{Id: request.Id}
	var err error
	switch body := request.Body.(type) {
	case *wire.Request_Open:
		var opened *wire.Opened
		opened, err = s.open(body.Open)
		reply.Body = &wire.Reply_Opened{Opened: opened}
	case *wire.Request_Measure:
		reply.Body = &wire.Reply_Measured{Measured: &wire.Measured{Resident: resident()}}
	default:
		if err = errNotOpen; s.program != nil {
			err = s.work(request, reply)
		}
	}
	if err != nil {
		reply.Body = &wire.Reply_Failed{Failed: failed(err)}
	}
	reply.Stages = s.stages
	return reply
}

func (s *service) work(request *wire.Request, reply *wire.Reply) error {
	switch body := request.Body.(type) {
	case *wire.Request_Revise:
		revised, err := s.revise(body.Revise)
		reply.Body = &wire.Reply_Revised{Revised: revised}
		return err
	case *wire.Request_Compile:
		compiled, err := s.compile(body.Compile)
		reply.Body = &wire.Reply_Compiled{Compiled: compiled}
		return err
	case *wire.Request_Link:
		linked, err := s.link(body.Link)
		reply.Body = &wire.Reply_Linked{Linked: linked}
		return err
	default:
		return fmt.Errorf("a request of type %T is not known", request.Body)
	}
}

// lap ends a stage.
func (s *service) lap(name string) {
	now := time.Now()
	s.stages = append(s.stages, &wire.Stage{Name: name, Microseconds: uint64(now.Sub(s.began).Microseconds())})
	s.began = now
}

func (s *service) open(open *wire.Open) (*wire.Opened, error) {
	if s.program != nil {
		return nil, errors.New("a program is open already")
	}
	cache, err := base.OpenCache(open.CacheFolder)
	if err != nil {
		return nil, err
	}
	// Packages are found through the working folder as well as by the setting.
	if err := os.Chdir(open.PackageFolder); err != nil {
		return nil, err
	}
	program, err := front.New(open.PackageFolder, open.Target, open.BuildTags)
	if err != nil {
		return nil, err
	}
	machine, err := front.NewMachine(program.Compiler)
	if err != nil {
		return nil, err
	}
	s.program, s.cache, s.machine = program, cache, machine
	s.tools = base.Tools{Clang: open.Clang, Linker: open.Linker}
	return &wire.Opened{Identity: program.Identity()}, nil
}

func (s *service) revise(revise *wire.Revise) (*wire.Revised, error) {
	sources := map[string][]byte{}
	for _, source := range revise.Sources {
		sources[source.Path] = source.Content
	}
	err := front.ErrList
	if !revise.List && s.program.IsLoaded() {
		err = s.program.Revise(sources)
		s.lap("check")
	}
	if errors.Is(err, front.ErrList) {
		err = s.program.List(sources)
		s.lap("list")
	}
	if err != nil {
		return nil, err
	}
	return s.said.news(s.program.Facts())
}

func (s *service) compile(compile *wire.Compile) (*wire.Compiled, error) {
	symbols, err := s.live.of(compile)
	if err != nil {
		return nil, err
	}
	live := back.LiveSymbols(symbols, compile.Renewed)
	compiled := &wire.Compiled{}
	if len(compile.NewPackages) > 0 {
		added, err := s.cache.Packages(s.program, s.packages(compile.NewPackages))
		if err != nil {
			return nil, err
		}
		compiled.Added = libraryObjects(added)
		s.lap("new packages")
	}
	initializers := map[string]string{}
	for _, wanted := range compile.Parts {
		pkg := s.program.Package(wanted.Path)
		if pkg == nil {
			return nil, fmt.Errorf("the program has no package %s", wanted.Path)
		}
		part := back.Part{
			Package: pkg, Functions: set(wanted.Functions), Variables: set(wanted.Variables),
			Literals: wanted.Literals, Live: live, Patch: compile.Patch,
		}
		made, err := part.Compile(s.program, s.machine)
		if err != nil {
			return nil, err
		}
		if made.Initializer != "" {
			initializers[wanted.Path] = made.Initializer
		}
		compiled.Objects = append(compiled.Objects, &wire.Object{Path: wanted.Path, Content: made.Object})
		compiled.Closures = append(compiled.Closures, made.Literals...)
	}
	for _, path := range compile.NewPackages {
		if pkg := s.program.Package(path); pkg != nil {
			initializers[path] = pkg.Pkg.Path() + ".init"
		}
	}
	if len(initializers) > 0 {
		if err := s.initialize(compiled, compile.Patch, initializers); err != nil {
			return nil, err
		}
	}
	s.lap("codegen")
	// What was built for one edit goes with it.
	s.program.Renew()
	return compiled, nil
}

// initialize adds what runs the initializers of packages: one may read what a package below it has, whichever is new.
func (s *service) initialize(compiled *wire.Compiled, patch uint32, initializers map[string]string) error {
	var inOrder []string
	for _, pkg := range s.program.Packages() {
		if initializer := initializers[pkg.ImportPath]; initializer != "" {
			inOrder = append(inOrder, initializer)
		}
	}
	object, symbol, err := back.Initialize(s.program, s.machine, patch, inOrder)
	compiled.Objects = append(compiled.Objects, &wire.Object{Content: object})
	compiled.Initializer = symbol
	return err
}

func (s *service) link(link *wire.Link) (*wire.Linked, error) {
	module, err := s.cache.Link(s.program, s.tools, link.Output)
	if err != nil {
		return nil, err
	}
	s.lap("base")
	linked := &wire.Linked{
		Objects: libraryObjects(module.Objects), Archives: module.Archives, Placeholders: module.Placeholders,
	}
	for _, pkg := range s.program.Packages() {
		if front.IsUser(pkg) {
			s.program.SSA().Package(pkg.Pkg).Build()
			linked.Closures = append(linked.Closures, s.program.Closures(pkg, 0)...)
		}
	}
	s.lap("closures")
	s.program.Renew()
	return linked, nil
}

func (s *service) packages(paths []string) []*loader.Package {
	var found []*loader.Package
	for _, path := range paths {
		if pkg := s.program.Package(path); pkg != nil {
			found = append(found, pkg)
		}
	}
	return found
}

func libraryObjects(objects []base.Object) []*wire.LibraryObject {
	var converted []*wire.LibraryObject
	for _, object := range objects {
		converted = append(converted, &wire.LibraryObject{Package: object.Package, File: object.File, User: object.User})
	}
	return converted
}

func failed(err error) *wire.Failed {
	var problems front.Problems
	if !errors.As(err, &problems) {
		return &wire.Failed{Reason: err.Error()}
	}
	failed := &wire.Failed{}
	for _, problem := range problems {
		failed.Problems = append(failed.Problems, &wire.Problem{
			File: problem.File, Line: uint32(problem.Line), Column: uint32(problem.Column), Message: problem.Message,
		})
	}
	return failed
}

func set(names []string) map[string]bool {
	found := make(map[string]bool, len(names))
	for _, name := range names {
		found[name] = true
	}
	return found
}

// resident is how much memory the process has, in bytes.
func resident() uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kibibytes, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kibibytes << 10
		}
	}
	return 0
}
