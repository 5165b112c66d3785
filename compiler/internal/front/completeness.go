package front

import (
	"fmt"
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

// incomplete are mistakes of a user's package that the type checker lets pass and only the linker would find.
func (p *Program) incomplete(pkg *loader.Package) error {
	var problems Problems
	say := func(node ast.Node, message string) {
		at := p.files.Position(node.Pos())
		problems = append(problems, Problem{at.Filename, at.Line, at.Column, message})
	}
	if _, ok := pkg.Pkg.Scope().Lookup("main").(*types.Func); !ok && pkg.Name == "main" && len(pkg.Files) > 0 {
		say(pkg.Files[0].Name, "function main is undeclared in the main package")
	}
	for _, file := range pkg.Files {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Body == nil && !definedElsewhere(file, function) {
				say(function.Name, "missing function body")
			}
		}
	}
	if problems == nil {
		return nil
	}
	return problems
}

// definedElsewhere is true for functions that the page or another package has, as their directives say.
func definedElsewhere(file *ast.File, function *ast.FuncDecl) bool {
	if function.Doc != nil {
		for _, comment := range function.Doc.List {
			if strings.HasPrefix(comment.Text, "//go:wasmimport ") || strings.HasPrefix(comment.Text, "//export ") {
				return true
			}
		}
	}
	for _, comment := range commentsOf(file) {
		if words := strings.Fields(comment); len(words) > 1 && words[0] == "//go:linkname" && words[1] == function.Name.Name {
			return true
		}
	}
	return false
}

// foreign says where the user's packages import what leads to a package with mistakes that is not theirs to mend.
func (p *Program) foreign(program *loader.Program, broken *loader.Package, problems Problems) Problems {
	if IsUser(broken) || len(problems) == 0 {
		return problems
	}
	reaches := map[string]bool{broken.ImportPath: true}
	for _, pkg := range program.Sorted() {
		for _, imported := range pkg.Imports {
			if mapped, ok := pkg.ImportMap[imported]; ok {
				imported = mapped
			}
			reaches[pkg.ImportPath] = reaches[pkg.ImportPath] || reaches[imported]
		}
	}
	var found Problems
	for _, pkg := range program.Sorted() {
		if !IsUser(pkg) {
			continue
		}
		for _, file := range pkg.Files {
			for _, spec := range file.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				imported := program.Packages[name]
				if imported == nil || IsUser(imported) || !reaches[name] {
					continue
				}
				through := ""
				if name != broken.ImportPath {
					through = " needs " + broken.ImportPath + ", which"
				}
				at := p.files.Position(spec.Path.Pos())
				message := fmt.Sprintf("%s%s cannot be compiled by TinyGo for WebAssembly: %s", name, through, problems[0].Message)
				found = append(found, Problem{at.Filename, at.Line, at.Column, message})
			}
		}
	}
	if found == nil {
		return problems
	}
	return found
}
