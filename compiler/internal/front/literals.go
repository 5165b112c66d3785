package front

import (
	"bytes"
	"go/ast"
	"go/types"

	"github.com/tinygo-org/tinygo/loader"
	"golang.org/x/tools/go/ssa"

	"devserver.dev/compiler/internal/wire"
)

// Keep empties the function literals in a package's functions that are, in all that they compile to, those that a
// program has. They stay where they are, since they have numbers for names. Their facts, and of those inside of them.
func (p *Program) Keep(pkg *loader.Package, has []*wire.ClosureFacts) []*wire.ClosureFacts {
	if len(has) == 0 {
		return nil
	}
	keeper := keeper{closures: p.closures(pkg, 0), has: map[string]*wire.ClosureFacts{}}
	for _, literal := range has {
		keeper.has[literal.Name] = literal
	}
	for _, object := range Info(pkg).Defs {
		if object, ok := object.(*types.Func); ok {
			if function := p.SSA().FuncValue(object); function != nil {
				keeper.empty(function, isSettled(function))
			}
		}
	}
	return keeper.kept
}

type keeper struct {
	closures
	has  map[string]*wire.ClosureFacts
	kept []*wire.ClosureFacts
}

func (k *keeper) empty(function *ssa.Function, settled bool) {
	if !settled {
		return
	}
	for _, literal := range function.AnonFuncs {
		facts := k.same(literal)
		if facts == nil {
			k.empty(literal, isLiteral(literal))
			continue
		}
		k.kept = append(k.kept, facts...)
		literal.AnonFuncs, literal.Recover = nil, nil
		literal.Blocks = literal.Blocks[:1]
		literal.Blocks[0].Instrs = nil
	}
}

// same are the facts of a literal and of those in it when the program has all of them; nil when it does not.
func (k *keeper) same(literal *ssa.Function) []*wire.ClosureFacts {
	facts := k.describe(literal, true)
	if facts == nil || len(facts.Fingerprint) == 0 {
		return nil
	}
	known := k.has[facts.Name]
	if known == nil || known.Facts != facts.Facts || !bytes.Equal(known.Fingerprint, facts.Fingerprint) {
		return nil
	}
	facts.Kept = true
	found := []*wire.ClosureFacts{facts}
	for _, inner := range literal.AnonFuncs {
		more := k.same(inner)
		if more == nil {
			return nil
		}
		found = append(found, more...)
	}
	return found
}

// isSettled is true for a declared function in which the text of a literal, and what each identifier in that means,
// says all that it compiles to. Types that are local to the function, and those that it is an instance for, are known
// by names that say nothing of them.
func isSettled(function *ssa.Function) bool {
	declared, ok := function.Syntax().(*ast.FuncDecl)
	if !ok || IsGeneric(declared) || declared.Recv == nil && declared.Name.Name == "init" {
		return false
	}
	settled := true
	ast.Inspect(declared, func(node ast.Node) bool {
		if _, ok := node.(*ast.TypeSpec); ok {
			settled = false
		}
		return settled
	})
	return settled
}

// isLiteral is false for the body of a loop over a function, which the compiler makes a function of.
func isLiteral(function *ssa.Function) bool {
	_, ok := function.Syntax().(*ast.FuncLit)
	return ok
}
