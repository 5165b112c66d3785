package front

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tinygo-org/tinygo/loader"

	"devserver.dev/compiler/internal/wire"
)

// packageFacts is what is remembered of a package between revisions.
type packageFacts struct {
	described *wire.PackageFacts
	functions []*functionFacts
}

// Facts of the user's packages, each after those that it imports.
func (p *Program) Facts() *wire.Revised {
	revised := &wire.Revised{}
	for _, pkg := range p.loaded.Sorted() {
		revised.Closure = append(revised.Closure, pkg.ImportPath)
		if facts := p.facts[pkg.ImportPath]; facts != nil {
			revised.Packages = append(revised.Packages, facts.described)
		}
	}
	return revised
}

// describe makes the facts of touched packages anew. Fingerprints follow generic functions through all packages, so
// they are put together when the single functions of all of them are known.
func (p *Program) describe(touched map[string]bool) {
	describer := p.newDescriber()
	for _, pkg := range p.user() {
		if touched[pkg.ImportPath] {
			for name, function := range p.generic {
				if function.pkg == pkg.ImportPath {
					delete(p.generic, name)
				}
			}
			p.facts[pkg.ImportPath] = describer.describe(pkg)
		}
	}
	for _, pkg := range p.user() {
		facts := p.facts[pkg.ImportPath]
		facts.described.Functions = facts.described.Functions[:0]
		for _, function := range facts.functions {
			facts.described.Functions = append(facts.described.Functions, function.described(p.generic))
		}
	}
}

// describer makes the facts of packages; words are those of objects that were met already.
type describer struct {
	program *Program
	words   map[types.Object]string
	// buffers are what fingerprints are made from.
	buffers [2][]byte
	// beside are those that work at the same time.
	beside []*describer
}

// mostDescribers is how many work at the same time: each finds the words of all objects that it meets.
const mostDescribers = 4

func (p *Program) newDescriber() *describer {
	return &describer{program: p, words: map[types.Object]string{}}
}

// functions of a package, described.
func (d *describer) functions(pkg *loader.Package) map[*ast.FuncDecl]*functionFacts {
	var declared []*ast.FuncDecl
	for _, file := range pkg.Files {
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok {
				declared = append(declared, function)
			}
		}
	}
	for len(d.beside) < min(runtime.GOMAXPROCS(0), mostDescribers)-1 {
		d.beside = append(d.beside, d.program.newDescriber())
	}
	described := make([]*functionFacts, len(declared))
	var next atomic.Int64
	work := func(d *describer) {
		for index := next.Add(1) - 1; index < int64(len(declared)); index = next.Add(1) - 1 {
			described[index] = d.function(pkg, declared[index])
		}
	}
	var working sync.WaitGroup
	for _, other := range d.beside {
		working.Add(1)
		go func() { defer working.Done(); work(other) }()
	}
	work(d)
	working.Wait()
	all := make(map[*ast.FuncDecl]*functionFacts, len(declared))
	for index, function := range declared {
		all[function] = described[index]
	}
	return all
}

func (d *describer) describe(pkg *loader.Package) *packageFacts {
	facts := &packageFacts{described: &wire.PackageFacts{
		Path:       pkg.ImportPath,
		SymbolPath: pkg.Pkg.Path(),
		Imports:    pkg.Imports,
	}}
	all := d.functions(pkg)
	for _, file := range pkg.Files {
		d.declarations(file, all, facts)
	}
	d.scope(pkg, facts.described)
	return facts
}

func (d *describer) declarations(file *ast.File, all map[*ast.FuncDecl]*functionFacts, facts *packageFacts) {
	inits := 0
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		described := all[function]
		facts.described.Types = append(facts.described.Types, described.types...)
		if function.Name.Name == "init" && function.Recv == nil {
			inits++
			name := "init#" + strconv.Itoa(inits) + " " + filepath.Base(d.program.fileName(file))
			facts.described.Initializers = append(facts.described.Initializers,
				&wire.InitFacts{Name: name, Fingerprint: described.described(d.program.generic).Fingerprint})
			continue
		}
		if function.Name.Name == "_" {
			continue
		}
		facts.functions = append(facts.functions, described)
		if described.generic {
			d.program.generic[described.name] = described
		}
	}
}

// scope adds what the package declares outside of functions.
func (d *describer) scope(pkg *loader.Package, facts *wire.PackageFacts) {
	initial := d.initialValues(pkg)
	scope := pkg.Pkg.Scope()
	for _, name := range scope.Names() {
		switch object := scope.Lookup(name).(type) {
		case *types.TypeName:
			if named, ok := object.Type().(*types.Named); ok && !object.IsAlias() {
				facts.Types = append(facts.Types, &wire.TypeFacts{
					Name:      name,
					Layout:    underlying(named),
					Methods:   methods(named),
					Interface: types.IsInterface(named),
				})
			}
		case *types.Var:
			facts.Variables = append(facts.Variables, &wire.VariableFacts{
				Name:        name,
				Type:        typeWords(object.Type()),
				Initializer: initial[name],
				Embedded:    embeddedIn(pkg, name),
			})
		}
	}
}

// initialValues are fingerprints, by the name of the variable.
func (d *describer) initialValues(pkg *loader.Package) map[string][]byte {
	found := map[string][]byte{}
	for _, file := range pkg.Files {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR {
				continue
			}
			for _, spec := range general.Specs {
				values := spec.(*ast.ValueSpec)
				writer := newFingerprint(d, pkg)
				for _, value := range values.Values {
					writer.node(value)
				}
				for _, name := range values.Names {
					found[name.Name] = writer.sum()
				}
			}
		}
	}
	return found
}

// underlying is the layout of a type: those of named types in it are facts of their own. A generic type is shown with
// its parameters, whose constraints decide nothing.
func underlying(named *types.Named) string {
	return typeWords(named.Underlying())
}

func methods(named *types.Named) string {
	if types.IsInterface(named) {
		return ""
	}
	onPointer := types.NewMethodSet(types.NewPointer(named))
	onValue := types.NewMethodSet(named)
	var words []string
	for index := range onPointer.Len() {
		method := onPointer.At(index).Obj()
		word := method.Id() + signature(method.Type().(*types.Signature))
		if onValue.Lookup(method.Pkg(), method.Name()) != nil {
			word += " on value"
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

// signature has the types only: another name of a parameter is the same signature.
func signature(of *types.Signature) string {
	var words strings.Builder
	tuple := func(list *types.Tuple) {
		words.WriteByte('(')
		for index := range list.Len() {
			if index > 0 {
				words.WriteString(", ")
			}
			words.WriteString(typeWords(list.At(index).Type()))
		}
		words.WriteByte(')')
	}
	words.WriteString("func")
	if receiver := of.Recv(); receiver != nil {
		words.WriteString("[" + typeWords(receiver.Type()) + "]")
	}
	tuple(of.Params())
	if of.Variadic() {
		words.WriteString("...")
	}
	tuple(of.Results())
	return words.String()
}
