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
	collector := closures{seen: map[*ssa.Function]bool{}, patch: patch}
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
	seen  map[*ssa.Function]bool
	patch uint32
	found []*wire.ClosureFacts
}

func (c *closures) visit(function *ssa.Function) {
	// Source functions nest only as deep as they are written, instances as deep as generics use each other.
	waiting := []*ssa.Function{function}
	for len(waiting) > 0 {
		function = waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if function == nil || c.seen[function] {
			continue
		}
		c.seen[function] = true
		for _, literal := range function.AnonFuncs {
			c.add(literal)
			waiting = append(waiting, literal)
		}
		waiting = append(waiting, instances(function)...)
	}
}

func (c *closures) add(literal *ssa.Function) {
	name := literal.RelString(nil)
	parts := closureName.FindStringSubmatch(name)
	if parts == nil {
		return
	}
	var facts strings.Builder
	facts.WriteString(signature(literal.Signature))
	for _, captured := range literal.FreeVars {
		facts.WriteString("; " + captured.Name() + " " + types.TypeString(captured.Type(), nil))
	}
	if c.patch > 0 && strings.Contains(name, ".init$") {
		facts.WriteString("@" + strconv.FormatUint(uint64(c.patch), 10) + name)
	}
	c.found = append(c.found, &wire.ClosureFacts{Name: name, Outer: parts[1], Facts: facts.String()})
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
