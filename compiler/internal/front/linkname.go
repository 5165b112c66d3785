package front

import (
	"go/ast"
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
