package front

import (
	"crypto/sha256"
	"go/ast"
	"go/types"
	"hash"
	"slices"
	"strings"

	"github.com/tinygo-org/tinygo/loader"

	"devserver.dev/compiler/internal/wire"
)

// functionFacts is a function as it stands, before the generic functions that it uses are followed.
type functionFacts struct {
	name, pkg, signature string
	generic              bool
	// own is the fingerprint without generic functions, frame that without function literals.
	own, frame []byte
	// uses names generic functions.
	uses []string
	// types are the named types inside of it.
	types []*wire.TypeFacts
}

// fingerprint hashes text together with what each identifier in it means: the same text compiles to other code when a
// type, a constant or a signature elsewhere has changed.
type fingerprint struct {
	describer *describer
	info      *types.Info
	// words are what is hashed, frame those outside of function literals.
	words, frame []byte
	uses         map[string]bool
	types        []*wire.TypeFacts
	function     string
	// inside is true in a function literal.
	inside bool
}

func newFingerprint(d *describer, pkg *loader.Package) *fingerprint {
	return &fingerprint{
		describer: d, info: Info(pkg), words: d.buffers[0][:0], frame: d.buffers[1][:0], uses: map[string]bool{},
	}
}

// sums are the hashes of all, and of what is outside of function literals.
func (f *fingerprint) sums() (all, frame []byte) {
	// The next one writes where this one has written.
	f.describer.buffers = [2][]byte{f.words, f.frame}
	first, second := sha256.Sum256(f.words), sha256.Sum256(f.frame)
	return first[:], second[:]
}

func (d *describer) function(pkg *loader.Package, declared *ast.FuncDecl) *functionFacts {
	facts := &functionFacts{pkg: pkg.ImportPath, generic: IsGeneric(declared)}
	if object, ok := Info(pkg).Defs[declared.Name].(*types.Func); ok {
		facts.name = object.FullName()
		facts.signature = signature(object.Signature())
	}
	writer := newFingerprint(d, pkg)
	writer.function = facts.name
	writer.directives(declared)
	writer.node(declared)
	facts.own, facts.frame = writer.sums()
	facts.types = writer.types
	for name := range writer.uses {
		facts.uses = append(facts.uses, name)
	}
	slices.Sort(facts.uses)
	return facts
}

// described follows the generic functions.
func (f *functionFacts) described(generic map[string]*functionFacts) *wire.FunctionFacts {
	sum := sha256.New()
	sum.Write(f.own)
	follow(f, generic, map[string]bool{}, sum)
	return &wire.FunctionFacts{
		Name: f.name, Fingerprint: sum.Sum(nil), Signature: f.signature, Generic: f.generic, Frame: f.frame,
	}
}

func follow(from *functionFacts, generic map[string]*functionFacts, seen map[string]bool, sum hash.Hash) {
	for _, name := range from.uses {
		used := generic[name]
		if used == nil || seen[name] {
			continue
		}
		seen[name] = true
		sum.Write(used.own)
		follow(used, generic, seen, sum)
	}
}

// sum is the fingerprint of text outside of functions.
func (f *fingerprint) sum() []byte {
	sum := sha256.New()
	own, _ := f.sums()
	sum.Write(own)
	holder := &functionFacts{}
	for name := range f.uses {
		holder.uses = append(holder.uses, name)
	}
	slices.Sort(holder.uses)
	follow(holder, f.describer.program.generic, map[string]bool{}, sum)
	return sum.Sum(nil)
}

// directives are comments that the compiler reads.
func (f *fingerprint) directives(declared *ast.FuncDecl) {
	if declared.Doc == nil {
		return
	}
	for _, comment := range declared.Doc.List {
		if strings.HasPrefix(comment.Text, "//go:") || strings.HasPrefix(comment.Text, "//export ") {
			f.write(comment.Text)
		}
	}
}

func (f *fingerprint) write(text string) {
	f.words = append(append(f.words, text...), 0)
	if !f.inside {
		f.frame = append(append(f.frame, text...), 0)
	}
}

// node hashes the text without its comments: how it is broken into lines costs a compilation at most, never a mistake.
func (f *fingerprint) node(node ast.Node) {
	program := f.describer.program
	file := program.files.File(node.Pos())
	text := program.sources[file.Name()]
	from, depth, literal := node.Pos(), 0, 0
	ast.Inspect(node, func(inner ast.Node) bool {
		if inner == nil {
			depth--
			f.inside = f.inside && depth > literal
			return false
		}
		switch inner := inner.(type) {
		case *ast.FuncLit:
			if !f.inside {
				f.frame = append(appendCode(f.frame, text[file.Offset(from):file.Offset(inner.Pos())]), 0)
				from, literal, f.inside = inner.End(), depth, true
			}
		case *ast.Ident:
			f.identifier(inner)
		}
		depth++
		return true
	})
	f.words = append(appendCode(f.words, text[file.Offset(node.Pos()):file.Offset(node.End())]), 0)
	f.frame = append(appendCode(f.frame, text[file.Offset(from):file.Offset(node.End())]), 0)
}

func (f *fingerprint) identifier(name *ast.Ident) {
	object := f.info.Uses[name]
	defined := object == nil
	if defined {
		object = f.info.Defs[name]
	}
	if object == nil || object.Pkg() == nil {
		return
	}
	f.write(f.describer.object(object))
	if instance, ok := f.info.Instances[name]; ok {
		f.write(typeWords(instance.Type))
	}
	switch object := object.(type) {
	case *types.Func:
		f.uses[object.Origin().FullName()] = true
	case *types.TypeName:
		local := object.Parent() != nil && object.Parent() != object.Pkg().Scope()
		if named, ok := object.Type().(*types.Named); ok && defined && local && f.function != "" {
			f.types = append(f.types, &wire.TypeFacts{
				Name: localName(object.Name()), Layout: underlying(named), Methods: methods(named),
				Interface: types.IsInterface(named), LocalTo: f.function,
			})
		}
	}
}

// object is what an identifier means, in words.
func (d *describer) object(object types.Object) string {
	if words, ok := d.words[object]; ok {
		return words
	}
	words := types.ObjectString(object, nil)
	switch object := object.(type) {
	case *types.Var:
		words += aliasWords(object.Type())
	case *types.Const:
		words += "=" + object.Val().ExactString()
	case *types.Func:
		words = object.FullName() + signature(object.Signature())
	case *types.TypeName:
		if object.IsAlias() || types.IsInterface(object.Type()) || object.Parent() != object.Pkg().Scope() {
			words += "=" + typeWords(object.Type().Underlying())
		}
	case *types.PkgName:
		words = object.Imported().Path()
	}
	d.words[object] = words
	return words
}

// IsGeneric is true for a function with type parameters, its own or its receiver's.
func IsGeneric(function *ast.FuncDecl) bool {
	if function.Type.TypeParams != nil {
		return true
	}
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return false
	}
	receiver := function.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	switch receiver.(type) {
	case *ast.IndexExpr, *ast.IndexListExpr:
		return true
	}
	return false
}
