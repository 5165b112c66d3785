// Oracle says what Go's own parser and type checker see in pairs of files: NAME.a.go and NAME.b.go, each with what was
// printed of it, NAME.a.go.printed and NAME.b.go.printed.
//
// A line for each pair: its name, whether both printed files say what their sources say, whether the exported API of both
// sources is the same, and whether they differ in bodies of functions alone.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// unknown imports nothing: types of other packages are the same unknown one before and after.
type unknown struct{}

func (unknown) Import(string) (*types.Package, error) { return nil, errors.New("unknown") }

func text(node any) string {
	var buffer bytes.Buffer
	_ = printer.Fprint(&buffer, token.NewFileSet(), node)
	return strings.Join(strings.Fields(buffer.String()), " ")
}

func declarations(name string, source []byte, bodies bool) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	lines := []string{file.Name.Name}
	for _, declaration := range file.Decls {
		if group, ok := declaration.(*ast.GenDecl); ok {
			for _, specification := range group.Specs {
				if bodies || group.Tok != token.IMPORT {
					lines = append(lines, group.Tok.String()+" "+text(specification))
				}
			}
			lines = append(lines, "end")
			continue
		}
		if function, ok := declaration.(*ast.FuncDecl); ok && !bodies && function.Body != nil {
			function.Body = &ast.BlockStmt{}
		}
		// Parentheses around one specification say nothing.
		ast.Inspect(declaration, func(node ast.Node) bool {
			if group, ok := node.(*ast.GenDecl); ok && len(group.Specs) == 1 {
				group.Lparen = token.NoPos
			}
			return true
		})
		lines = append(lines, text(declaration))
	}
	return strings.Join(lines, "\n"), nil
}

func directives(source []byte) string {
	var lines []string
	for _, line := range strings.Split(string(source), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "//go:") || strings.HasPrefix(line, "//export ") || strings.HasPrefix(line, "//line ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func tuple(list *types.Tuple) string {
	var parts []string
	for variable := range list.Variables() {
		parts = append(parts, variable.Type().String())
	}
	return strings.Join(parts, ", ")
}

// signature has no names of parameters, which belong to no type.
func signature(function *types.Signature) string {
	var parameters []string
	for parameter := range function.TypeParams().TypeParams() {
		parameters = append(parameters, parameter.String()+" "+parameter.Constraint().String())
	}
	return fmt.Sprint(parameters, "(", tuple(function.Params()), function.Variadic(), ")(", tuple(function.Results()), ")")
}

func exported(source []byte) string {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "a.go", source, parser.SkipObjectResolution)
	if err != nil {
		return err.Error()
	}
	config := types.Config{Importer: unknown{}, Error: func(error) {}, FakeImportC: true}
	checked, _ := config.Check("p", files, []*ast.File{file}, nil)
	var lines []string
	for _, name := range checked.Scope().Names() {
		object := checked.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Func:
			lines = append(lines, name+signature(object.Signature()))
		case *types.Const:
			lines = append(lines, fmt.Sprint(name, object.Type(), object.Val().ExactString()))
		case *types.Var:
			lines = append(lines, fmt.Sprint(name, object.Type()))
		case *types.TypeName:
			lines = append(lines, fmt.Sprint(name, object.IsAlias(), object.Type().Underlying()))
			if named, ok := object.Type().(*types.Named); ok {
				for method := range named.Methods() {
					if method.Exported() {
						receiver := method.Signature().Recv().Type()
						lines = append(lines, fmt.Sprint(name, receiver, method.Name(), signature(method.Signature())))
					}
				}
			}
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func main() {
	olds, _ := filepath.Glob(filepath.Join(os.Args[1], "*.a.go"))
	for _, old := range olds {
		var sources, outer [2][]byte
		isPrinted := true
		for index, name := range []string{old, strings.TrimSuffix(old, ".a.go") + ".b.go"} {
			source, _ := os.ReadFile(name)
			printed, _ := os.ReadFile(name + ".printed")
			sources[index] = source
			said, err := declarations(name, source, true)
			again, errAgain := declarations(name, printed, true)
			isPrinted = isPrinted && said == again && (err == nil) == (errAgain == nil)
			bodiless, err := declarations(name, source, false)
			if err != nil {
				// Nothing is known of it, and it is like no other.
				bodiless = name
			}
			outer[index] = []byte(directives(source) + bodiless)
		}
		name := strings.TrimSuffix(filepath.Base(old), ".a.go")
		isSame := exported(sources[0]) == exported(sources[1])
		fmt.Println(name, isPrinted, isSame, bytes.Equal(outer[0], outer[1]))
	}
}
