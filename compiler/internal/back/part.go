package back

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/tinygo-org/tinygo/compiler"
	"github.com/tinygo-org/tinygo/interp"
	"github.com/tinygo-org/tinygo/loader"
	"github.com/tinygo-org/tinygo/transform"
	"golang.org/x/tools/go/ssa"
	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/front"
	"devserver.dev/compiler/internal/wire"
)

// Part is what of a package to compile, for a program that runs.
type Part struct {
	Package *loader.Package
	// Functions by full name; Variables by name.
	Functions, Variables map[string]bool
	// Literals are those of the functions that the program has.
	Literals []*wire.ClosureFacts
	// Live symbols may be referred to.
	Live func(symbol string) bool
	// Patch numbers the patch that this is for.
	Patch uint32
}

// Compiled is a part as code.
type Compiled struct {
	Object []byte
	// Initializer computes initial values; empty when all of them are constant.
	Initializer string
	// Literals of the functions, those that were not compiled since the program has them included.
	Literals []*wire.ClosureFacts
}

// Compile makes an object of the part.
func (p Part) Compile(program *front.Program, machine llvm.TargetMachine) (compiled Compiled, err error) {
	info := *front.Info(p.Package)
	info.InitOrder = slices.DeleteFunc(slices.Clone(info.InitOrder), func(one *types.Initializer) bool {
		return len(one.Lhs) == 0 || slices.ContainsFunc(one.Lhs, func(v *types.Var) bool { return !p.Variables[v.Name()] })
	})
	files := p.files(&info)
	built := program.SSA().CreatePackage(p.Package.Pkg, files, &info, true)
	built.Build()
	kept := program.Keep(p.Package, p.Literals)
	all := built.Members
	built.Members = p.members(all, receivers(files), len(info.InitOrder) > 0)
	module, errs := compiler.CompilePackage(p.Package.ImportPath, p.Package, built, machine, program.Compiler, false)
	built.Members = all
	if errs != nil {
		return compiled, front.ProblemsOf(errs...)
	}
	defer dispose(module)
	if err := leaveOut(module, kept); err != nil {
		return compiled, err
	}
	defineEmbedded(module, p.Package)
	if len(info.InitOrder) > 0 {
		if compiled.Initializer, err = p.initialise(program, module); err != nil {
			return compiled, err
		}
	}
	dropResults(module, program.Resultless(p.Package))
	transform.OptimizePackage(module, program.Config)
	finisher := finisher{
		config: program.Config, module: module, user: true, edited: EditedTypes(program), live: p.Live, kept: kept,
	}
	if err := finisher.finish(); err != nil {
		return compiled, fmt.Errorf("%s: %w", p.Package.ImportPath, err)
	}
	compiled.Literals = slices.DeleteFunc(program.Closures(p.Package, p.Patch), func(one *wire.ClosureFacts) bool {
		return slices.ContainsFunc(kept, func(other *wire.ClosureFacts) bool { return one.Name == other.Name })
	})
	compiled.Literals = append(compiled.Literals, kept...)
	compiled.Object, err = emit(machine, module)
	return compiled, err
}

// leaveOut makes references to functions of the program of what was compiled of literals without a body.
func leaveOut(module llvm.Module, literals []*wire.ClosureFacts) error {
	for _, literal := range literals {
		// Those in others have no code at all.
		if function := module.NamedFunction(literal.Name); !function.IsNil() {
			function.SetLinkage(llvm.AvailableExternallyLinkage)
		}
	}
	if len(literals) == 0 {
		return nil
	}
	return runPasses(module, "elim-avail-extern")
}

// files has the bodies of the functions that are asked for, and of generic ones, which their instances need. All other
// declarations stay, since they are what those refer to; init functions have run.
func (p Part) files(info *types.Info) []*ast.File {
	var files []*ast.File
	for _, file := range p.Package.Files {
		trimmed := *file
		trimmed.Decls = nil
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				trimmed.Decls = append(trimmed.Decls, declaration)
				continue
			}
			if function.Name.Name == "init" && function.Recv == nil {
				continue
			}
			object, _ := info.Defs[function.Name].(*types.Func)
			if !front.IsGeneric(function) && (object == nil || !p.Functions[object.FullName()]) {
				bodiless := *function
				bodiless.Body = nil
				function = &bodiless
			}
			trimmed.Decls = append(trimmed.Decls, function)
		}
		files = append(files, &trimmed)
	}
	return files
}

// receivers are the names of types with a method that has a body.
func receivers(files []*ast.File) map[string]bool {
	found := map[string]bool{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil || function.Recv == nil || len(function.Recv.List) == 0 {
				continue
			}
			receiver := function.Recv.List[0].Type
			if pointer, ok := receiver.(*ast.StarExpr); ok {
				receiver = pointer.X
			}
			if name, ok := receiver.(*ast.Ident); ok {
				found[name.Name] = true
			}
		}
	}
	return found
}

func (p Part) members(all map[string]ssa.Member, receivers map[string]bool, initialised bool) map[string]ssa.Member {
	kept := map[string]ssa.Member{}
	for name, member := range all {
		keep := false
		switch member := member.(type) {
		case *ssa.Type:
			keep = receivers[name]
		case *ssa.Function:
			keep = len(member.Blocks) > 0 && (name != "init" || initialised)
		case *ssa.Global:
			keep = p.Variables[name]
		}
		if keep {
			kept[name] = member
		}
	}
	return kept
}

// initialise evaluates what it can of the initial values, and names the function with the rest.
func (p Part) initialise(program *front.Program, module llvm.Module) (string, error) {
	name := p.Package.Pkg.Path() + ".init"
	function := module.NamedFunction(name)
	if function.IsNil() || function.IsDeclaration() {
		return "", nil
	}
	if err := interp.RunFunc(function, program.Config.Options.InterpTimeout, false); err != nil {
		return "", fmt.Errorf("%s: %w", p.Package.ImportPath, err)
	}
	function = module.NamedFunction(name)
	if function.FirstBasicBlock().FirstInstruction().InstructionOpcode() == llvm.Ret {
		function.SetLinkage(llvm.InternalLinkage)
		return "", nil
	}
	own := fmt.Sprintf("%s@patch%d", name, p.Patch)
	function.SetName(own)
	function.SetLinkage(llvm.ExternalLinkage)
	return own, nil
}

// LiveSymbols tells which symbols a part may refer to instead of defining them: the known ones, unless one is about what
// has become another.
func LiveSymbols(known map[string]struct{}, renewed []string) func(symbol string) bool {
	return func(symbol string) bool {
		for _, part := range renewed {
			if strings.Contains(symbol, part) {
				return false
			}
		}
		_, ok := known[symbol]
		return ok
	}
}
