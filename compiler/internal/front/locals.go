package front

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

// LocalMark stands behind the name of a type that is local to a function, before that of the function. No identifier has
// it in it.
const LocalMark = "·"

// check is what the loader does. It reads what is embedded, and gives types that are local to functions names of their own: symbols are made of
// names, and two functions may each have a type of one name.
func (p *Program) check(pkg *loader.Package) error {
	if err := pkg.Check(); err != nil {
		return err
	}
	if err := p.embed(pkg); err != nil {
		return err
	}
	if IsUser(pkg) {
		if err := p.incomplete(pkg); err != nil {
			return err
		}
	}
	var local []*types.TypeName
	for _, object := range Info(pkg).Defs {
		name, ok := object.(*types.TypeName)
		if ok && name.Parent() != nil && name.Parent() != pkg.Pkg.Scope() && !isParameter(name) {
			local = append(local, name)
		}
	}
	slices.SortFunc(local, func(one, other *types.TypeName) int { return cmp.Compare(one.Pos(), other.Pos()) })
	before := map[string]int{}
	for _, name := range local {
		key := name.Name() + " " + p.owned(pkg, name.Pos())
		before[key]++
		// The second of one function has two marks.
		marks := strings.Repeat(LocalMark, before[key])
		private(name, "name").SetString(name.Name() + marks + p.owned(pkg, name.Pos()))
	}
	return nil
}

func isParameter(name *types.TypeName) bool {
	_, ok := name.Type().(*types.TypeParam)
	return ok
}

// localName is that of a local type without its function.
func localName(name string) string {
	before, after, _ := strings.Cut(name, LocalMark)
	marks := len(after) - len(strings.TrimLeft(after, LocalMark))
	return before + after[:marks]
}

// owned names the declaration that something stands in, in letters that symbols are made of. It does not change when
// others come before it, except for functions that have no name of their own.
func (p *Program) owned(pkg *loader.Package, at token.Pos) string {
	for _, file := range pkg.Files {
		if at < file.FileStart || at >= file.FileEnd {
			continue
		}
		for number, declaration := range file.Decls {
			if at < declaration.Pos() || at >= declaration.End() {
				continue
			}
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				if name := declaration.Name.Name; declaration.Recv == nil && name != "init" && name != "_" {
					return name
				}
				if receiver := receiverName(declaration); receiver != "" && declaration.Name.Name != "_" {
					return receiver + "-" + declaration.Name.Name
				}
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					value, ok := spec.(*ast.ValueSpec)
					if ok && value.Pos() <= at && at < value.End() && value.Names[0].Name != "_" {
						return value.Names[0].Name
					}
				}
			}
			name := strings.TrimSuffix(filepath.Base(p.fileName(file)), ".go")
			return fmt.Sprintf("%s-%d", name, number)
		}
	}
	return ""
}

// receiverName is the type that a method is of; empty for a function.
func receiverName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return ""
	}
	receiver := function.Recv.List[0].Type
	for {
		switch inner := receiver.(type) {
		case *ast.StarExpr:
			receiver = inner.X
		case *ast.ParenExpr:
			receiver = inner.X
		case *ast.IndexExpr:
			receiver = inner.X
		case *ast.IndexListExpr:
			receiver = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return ""
		}
	}
}
