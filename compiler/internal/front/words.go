package front

import (
	"go/types"
	"strings"
)

// typeWords is a type in words that differ when the types do: what an alias stands for is said, since its name stays when
// that changes.
func typeWords(of types.Type) string {
	return types.TypeString(of, nil) + aliasWords(of)
}

// aliasWords is what typeWords says beside the type itself; mostly nothing.
func aliasWords(of types.Type) string {
	walk := aliasWalk{}
	walk.visit(of)
	return walk.words.String()
}

// aliasWalk finds the aliases in a type. What is inside of a named type is that type's own.
type aliasWalk struct {
	seen  map[*types.Alias]bool
	words strings.Builder
}

func (w *aliasWalk) visit(of types.Type) {
	switch of := of.(type) {
	case *types.Alias:
		w.alias(of)
	case *types.Named:
		w.list(of.TypeArgs())
	case *types.Pointer:
		w.visit(of.Elem())
	case *types.Slice:
		w.visit(of.Elem())
	case *types.Array:
		w.visit(of.Elem())
	case *types.Chan:
		w.visit(of.Elem())
	case *types.Map:
		w.visit(of.Key())
		w.visit(of.Elem())
	case *types.Tuple:
		for index := range of.Len() {
			w.visit(of.At(index).Type())
		}
	case *types.Signature:
		w.visit(of.Params())
		w.visit(of.Results())
	case *types.Struct:
		for index := range of.NumFields() {
			w.visit(of.Field(index).Type())
		}
	case *types.Interface:
		for index := range of.NumExplicitMethods() {
			w.visit(of.ExplicitMethod(index).Type())
		}
		for index := range of.NumEmbeddeds() {
			w.visit(of.EmbeddedType(index))
		}
	case *types.Union:
		for index := range of.Len() {
			w.visit(of.Term(index).Type())
		}
	}
}

func (w *aliasWalk) list(of *types.TypeList) {
	for index := range of.Len() {
		w.visit(of.At(index))
	}
}

func (w *aliasWalk) alias(of *types.Alias) {
	// The language's own, any, never changes.
	if of.Obj().Pkg() == nil || w.seen[of] {
		return
	}
	if w.seen == nil {
		w.seen = map[*types.Alias]bool{}
	}
	w.seen[of] = true
	w.words.WriteString("; " + of.Obj().Name() + " is " + types.TypeString(types.Unalias(of), nil))
	w.list(of.TypeArgs())
	w.visit(of.Rhs())
}
