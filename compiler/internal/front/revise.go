package front

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/types"
	"reflect"
	"slices"
	"strconv"

	"github.com/tinygo-org/tinygo/loader"
)

// ErrList says that the packages have to be listed anew: a file imports what no package imported before, or embeds
// other files.
var ErrList = errors.New("the program imports another package or embeds another file")

// Revise takes new texts of files that are known, and checks their packages and all user packages above them. The
// error is ErrList or Problems; the program is as it was before then.
func (p *Program) Revise(sources map[string][]byte) error {
	changed := map[string]*ast.File{}
	touched := map[string]bool{}
	var problems Problems
	for path, text := range sources {
		pkg := p.owner(path)
		if pkg == nil {
			continue
		}
		touched[pkg.ImportPath] = true
		file, err := parser.ParseFile(p.files, path, text, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
		if err != nil {
			problems = append(problems, ProblemsOf(err)...)
			continue
		}
		changed[path] = file
		if before := p.file(pkg, path); before != nil && !slices.Equal(embedLines(before), embedLines(file)) {
			p.forget(changed)
			return ErrList
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err == nil && imported != "unsafe" && p.resolve(pkg, imported) == nil {
				p.forget(changed)
				return ErrList
			}
		}
	}
	if len(problems) > 0 {
		p.forget(changed)
		return problems
	}
	if err := p.recheck(touched, changed); err != nil {
		p.forget(changed)
		return err
	}
	for path := range changed {
		p.sources[path] = sources[path]
	}
	p.Renew()
	p.describe(touched)
	return nil
}

// owner is the user package that a file is part of.
func (p *Program) owner(path string) *loader.Package {
	for _, pkg := range p.user() {
		for _, file := range pkg.Files {
			if p.fileName(file) == path {
				return pkg
			}
		}
	}
	return nil
}

// file of a package as it was last taken.
func (p *Program) file(pkg *loader.Package, path string) *ast.File {
	for _, file := range pkg.Files {
		if p.fileName(file) == path {
			return file
		}
	}
	return nil
}

func (p *Program) resolve(pkg *loader.Package, imported string) *loader.Package {
	if mapped, ok := pkg.ImportMap[imported]; ok {
		imported = mapped
	}
	return p.loaded.Packages[imported]
}

// forget drops the positions of texts that are not taken; they would pile up with every mistake.
func (p *Program) forget(files map[string]*ast.File) {
	for _, file := range files {
		p.files.RemoveFile(p.files.File(file.Package))
	}
}

// recheck replaces the touched packages and those above them by freshly checked ones, or changes nothing. What does
// not import a package with mistakes is checked all the same, so that all mistakes are found.
func (p *Program) recheck(touched map[string]bool, changed map[string]*ast.File) error {
	sorted := p.loaded.Sorted()
	before := append([]*loader.Package(nil), sorted...)
	failed := map[string]bool{}
	again := map[string]bool{}
	var problems Problems
	for index, old := range before {
		if !IsUser(old) {
			continue
		}
		again[old.ImportPath] = touched[old.ImportPath]
		for _, imported := range old.Imports {
			again[old.ImportPath] = again[old.ImportPath] || again[imported]
			failed[old.ImportPath] = failed[old.ImportPath] || failed[imported]
		}
		if !again[old.ImportPath] || failed[old.ImportPath] {
			continue
		}
		next := p.unchecked(old, changed)
		sorted[index] = next
		p.loaded.Packages[next.ImportPath] = next
		if err := p.check(next); err != nil {
			problems = append(problems, ProblemsOf(err)...)
			failed[next.ImportPath] = true
		}
	}
	if len(problems) > 0 {
		for index, old := range before {
			sorted[index] = old
			p.loaded.Packages[old.ImportPath] = old
		}
		return problems
	}
	for _, old := range before {
		for _, file := range old.Files {
			if name := p.fileName(file); changed[name] != nil {
				p.files.RemoveFile(p.files.File(file.Package))
			}
		}
	}
	for path := range again {
		if again[path] {
			touched[path] = true
		}
	}
	return nil
}

// unchecked is a copy of a package with new files, as the loader makes it before it checks.
func (p *Program) unchecked(old *loader.Package, changed map[string]*ast.File) *loader.Package {
	next := &loader.Package{
		PackageJSON:  old.PackageJSON,
		FileHashes:   map[string][]byte{},
		EmbedGlobals: map[string][]*loader.EmbedFile{},
		CFlags:       old.CFlags,
		CGoHeaders:   old.CGoHeaders,
	}
	private(next, "program").Set(private(old, "program"))
	private(next, "info").Set(reflect.ValueOf(types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Scopes:     map[ast.Node]*types.Scope{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}))
	for _, file := range old.Files {
		if fresh := changed[p.fileName(file)]; fresh != nil {
			file = fresh
		}
		next.Files = append(next.Files, file)
	}
	return next
}
