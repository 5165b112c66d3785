package front

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

// Linknames are symbols that packages define for others, by the package that defines them. The runtime gives bodies
// to functions of the standard library which have one of their own as well: the runtime's counts.
func (p *Program) Linknames() map[string]*loader.Package {
	found := map[string]*loader.Package{}
	for _, pkg := range p.loaded.Sorted() {
		for _, file := range pkg.Files {
			bodies := map[string]bool{}
			for _, declaration := range file.Decls {
				if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil && function.Body != nil {
					bodies[function.Name.Name] = true
				}
			}
			for _, group := range file.Comments {
				for _, comment := range group.List {
					local, symbol, ok := linkname(comment.Text)
					if ok && bodies[local] && !strings.HasPrefix(symbol, pkg.Pkg.Path()+".") && found[symbol] == nil {
						found[symbol] = pkg
					}
				}
			}
		}
	}
	return found
}

func linkname(comment string) (local, symbol string, ok bool) {
	rest, ok := strings.CutPrefix(comment, "//go:linkname ")
	if !ok {
		return "", "", false
	}
	words := strings.Fields(rest)
	if len(words) != 2 {
		return "", "", false
	}
	return words[0], words[1], true
}

// Resultless are symbols that a package declares with a result, although who defines them returns none. The standard
// library does so with functions that the runtime of TinyGo gives it: nobody reads the result.
func (p *Program) Resultless(pkg *loader.Package) []string {
	var found []string
	var linknames map[string]*loader.Package
	for _, file := range pkg.Files {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body != nil || function.Recv != nil || function.Type.Results == nil {
				continue
			}
			symbol := pkg.Pkg.Path() + "." + function.Name.Name
			for _, comment := range commentsOf(file) {
				if local, other, ok := linkname(comment); ok && local == function.Name.Name {
					symbol = other
				}
			}
			if linknames == nil {
				linknames = p.Linknames()
			}
			if defined := p.defined(symbol, linknames); defined != nil && defined.Results().Len() == 0 {
				found = append(found, symbol)
			}
		}
	}
	return found
}

// defined is the signature of the function behind a symbol; nil when no package has it.
func (p *Program) defined(symbol string, linknames map[string]*loader.Package) *types.Signature {
	if owner := linknames[symbol]; owner != nil {
		for _, file := range owner.Files {
			for _, comment := range commentsOf(file) {
				if local, other, ok := linkname(comment); ok && other == symbol {
					return signatureIn(owner, local)
				}
			}
		}
	}
	if dot := strings.LastIndexByte(symbol, '.'); dot > 0 {
		for _, pkg := range p.Packages() {
			if pkg.Pkg.Path() == symbol[:dot] {
				return signatureIn(pkg, symbol[dot+1:])
			}
		}
	}
	return nil
}

func signatureIn(pkg *loader.Package, name string) *types.Signature {
	if function, ok := pkg.Pkg.Scope().Lookup(name).(*types.Func); ok {
		return function.Signature()
	}
	return nil
}

func commentsOf(file *ast.File) []string {
	var all []string
	for _, group := range file.Comments {
		for _, comment := range group.List {
			all = append(all, comment.Text)
		}
	}
	return all
}
