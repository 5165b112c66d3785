package front

import (
	"bytes"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tinygo-org/tinygo/compiler"
	"github.com/tinygo-org/tinygo/loader"
)

// ErrUnsupported says that this compiler cannot make the program, although another one may.
type ErrUnsupported string

func (e ErrUnsupported) Error() string { return string(e) }

// List asks go for the packages and files of the program, from the disk. What is known of packages that are not the
// user's is kept; sources overrides files. The error is ErrUnsupported or Problems; the program is as it was then.
func (p *Program) List(sources map[string][]byte) error {
	machine, err := NewMachine(p.Compiler)
	if err != nil {
		return err
	}
	sizes := compiler.Sizes(machine)
	machine.Dispose()
	if err := p.checkModule(); err != nil {
		return err
	}
	next, err := loader.Load(p.Config, ".", types.Config{Sizes: sizes})
	if err != nil {
		return p.unlisted(err)
	}
	private(next, "fset").Set(reflect.ValueOf(p.files))
	kept := map[string]bool{}
	for _, pkg := range next.Sorted() {
		if err := supported(pkg); err != nil {
			return err
		}
		if old := p.known(pkg, kept); old != nil {
			kept[pkg.ImportPath] = true
			pkg.Files, pkg.Pkg, pkg.EmbedGlobals = old.Files, old.Pkg, old.EmbedGlobals
			pkg.FileHashes, pkg.CFlags, pkg.CGoHeaders = old.FileHashes, old.CFlags, old.CGoHeaders
			private(pkg, "info").Set(private(old, "info"))
		}
	}
	embedded := p.embedded
	p.embedded = map[string][]byte{}
	if err := p.parseAndCheck(next); err != nil {
		p.embedded = embedded
		return err
	}
	before := p.loaded
	p.loaded = next
	p.sources = map[string][]byte{}
	touched := map[string]bool{}
	for _, pkg := range p.user() {
		touched[pkg.ImportPath] = true
		for _, file := range pkg.Files {
			name := p.fileName(file)
			text, err := os.ReadFile(name)
			if err != nil {
				p.loaded = before
				return Problems{{File: name, Message: err.Error()}}
			}
			p.sources[name] = text
		}
	}
	p.facts, p.generic = map[string]*packageFacts{}, map[string]*functionFacts{}
	// It is of packages that are other ones now.
	p.foundation = nil
	p.Renew()
	p.describe(touched)
	if len(sources) > 0 {
		return p.Revise(sources)
	}
	return nil
}

// moduleProblem is a line of what go says about go.mod, go.sum and go.work.
var moduleProblem = regexp.MustCompile(`(?m)^(?:go: )?(\S+\.(?:mod|sum|work)):(\d+)(?::(\d+))?: (.*)$`)

// checkModule finds what go cannot work with at all. The loader would end the process.
func (p *Program) checkModule() error {
	command, err := loader.List(p.Config, []string{"-m"}, nil)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err == nil {
		return nil
	}
	var problems Problems
	for _, match := range moduleProblem.FindAllStringSubmatch(said.String(), -1) {
		file := match[1]
		if !filepath.IsAbs(file) {
			file = filepath.Join(p.Config.Options.Directory, file)
		}
		line, _ := strconv.Atoi(match[2])
		column, _ := strconv.Atoi(match[3])
		problems = append(problems, Problem{file, line, column, match[4]})
	}
	if len(problems) == 0 {
		problems = Problems{{Message: strings.TrimSpace(strings.TrimPrefix(said.String(), "go: "))}}
		if strings.HasPrefix(problems[0].Message, "go.mod ") {
			problems[0].File, problems[0].Line, problems[0].Column = p.moduleFile(), 1, 1
		}
	}
	return problems
}

// moduleFile is the go.mod that the program is part of; empty when there is none.
func (p *Program) moduleFile() string {
	for folder := p.Config.Options.Directory; ; folder = filepath.Dir(folder) {
		path := filepath.Join(folder, "go.mod")
		if _, err := os.Stat(path); err == nil {
			return path
		} else if folder == filepath.Dir(folder) {
			return ""
		}
	}
}

// known is a package of before that need not be parsed again.
func (p *Program) known(pkg *loader.Package, kept map[string]bool) *loader.Package {
	if p.loaded == nil || IsUser(pkg) {
		return nil
	}
	old := p.loaded.Packages[pkg.ImportPath]
	if old == nil || old.Dir != pkg.Dir || !slices.Equal(old.GoFiles, pkg.GoFiles) {
		return nil
	}
	// Its types name those of the packages below: all of them must be the same objects.
	for _, imported := range pkg.Imports {
		if !kept[imported] {
			return nil
		}
	}
	return old
}

// parseAndCheck finds the mistakes of all files, and of all packages that do not build on mistakes.
func (p *Program) parseAndCheck(program *loader.Program) error {
	var problems Problems
	for _, pkg := range program.Sorted() {
		if err := pkg.Parse(); err != nil {
			problems = append(problems, ProblemsOf(err)...)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	failed := map[string]bool{}
	for _, pkg := range program.Sorted() {
		for _, imported := range pkg.Imports {
			failed[pkg.ImportPath] = failed[pkg.ImportPath] || failed[imported]
		}
		if failed[pkg.ImportPath] {
			continue
		}
		if err := p.check(pkg); err != nil {
			problems = append(problems, p.foreign(program, pkg, ProblemsOf(err))...)
			failed[pkg.ImportPath] = true
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func supported(pkg *loader.Package) error {
	switch {
	case IsUser(pkg) && len(pkg.CgoFiles) > 0:
		return ErrUnsupported(fmt.Sprintf("%s uses cgo", pkg.ImportPath))
	default:
		return nil
	}
}
