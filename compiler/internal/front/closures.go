package front

import (
	"go/types"
	"regexp"
	"strconv"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
	"golang.org/x/tools/go/ssa"

	"devserver.dev/compiler/internal/wire"
)

var closureName = regexp.MustCompile(`^(.*?)((?:\$\d+)+)$`)

// Closures are the function literals of a package whose functions have been built, those in instances of generic
// functions included. A patch is 0 for the whole program; literals in initial values are never the same in two
// patches, since an initial value is computed once.
func (p *Program) Closures(pkg *loader.Package, patch uint32) []*wire.ClosureFacts {
	collector := p.closures(pkg, patch)
	for _, object := range Info(pkg).Defs {
		if function, ok := object.(*types.Func); ok {
			collector.visit(p.SSA().FuncValue(function))
		}
	}
	if built := p.SSA().Package(pkg.Pkg); built != nil {
		collector.visit(built.Func("init"))
	}
	return collector.found
}

type closures struct {
	describer *describer
	pkg       *loader.Package
	seen      map[*ssa.Function]bool
	patch     uint32
	found     []*wire.ClosureFacts
}

func (p *Program) closures(pkg *loader.Package, patch uint32) closures {
	return closures{describer: p.newDescriber(), pkg: pkg, seen: map[*ssa.Function]bool{}, patch: patch}
}

// holder is a function with literals; settled says that their texts tell what they are.
type holder struct {
	function *ssa.Function
	settled  bool
}

func (c *closures) visit(function *ssa.Function) {
	if function == nil {
		return
	}
	// Source functions nest only as deep as they are written, instances as deep as generics use each other.
	waiting := []holder{{function, isSettled(function)}}
	for len(waiting) > 0 {
		next := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if c.seen[next.function] {
			continue
		}
		c.seen[next.function] = true
		for _, literal := range next.function.AnonFuncs {
			settled := next.settled && isLiteral(literal)
			if facts := c.describe(literal, settled); facts != nil {
				c.found = append(c.found, facts)
			}
			waiting = append(waiting, holder{literal, settled})
		}
		for _, instance := range instances(next.function) {
			waiting = append(waiting, holder{instance, false})
		}
	}
}

// describe says what a literal is; nil when it has no name of its own.
func (c *closures) describe(literal *ssa.Function, settled bool) *wire.ClosureFacts {
	name := literal.RelString(nil)
	parts := closureName.FindStringSubmatch(name)
	if parts == nil {
		return nil
	}
	var facts strings.Builder
	facts.WriteString(signature(literal.Signature))
	for _, captured := range literal.FreeVars {
		facts.WriteString("; " + captured.Name() + " " + typeWords(captured.Type()))
	}
	if c.patch > 0 && strings.Contains(name, ".init$") {
		facts.WriteString("@" + strconv.FormatUint(uint64(c.patch), 10) + name)
	}
	described := &wire.ClosureFacts{Name: name, Outer: parts[1], Facts: facts.String()}
	if settled && isLiteral(literal) {
		writer := newFingerprint(c.describer, c.pkg)
		writer.node(literal.Syntax())
		described.Fingerprint = writer.sum()
	}
	return described
}

// instances of generic functions that a function uses.
func instances(function *ssa.Function) []*ssa.Function {
	var found []*ssa.Function
	var buffer [16]*ssa.Value
	for _, block := range function.Blocks {
		for _, instruction := range block.Instrs {
			for _, operand := range instruction.Operands(buffer[:0]) {
				if operand == nil || *operand == nil {
					continue
				}
				if used, ok := (*operand).(*ssa.Function); ok && used.Origin() != nil {
					found = append(found, used)
				}
			}
		}
	}
	return found
}
