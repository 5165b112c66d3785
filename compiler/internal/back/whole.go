package back

import (
	"fmt"

	"github.com/tinygo-org/tinygo/compiler"
	"github.com/tinygo-org/tinygo/interp"
	"github.com/tinygo-org/tinygo/loader"
	"github.com/tinygo-org/tinygo/transform"
	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/front"
)

// Whole compiles a package. `elsewhere` are symbols that other packages define for it by linkname, although it has
// bodies for them. Its initialiser is evaluated as far as that goes.
func Whole(program *front.Program, pkg *loader.Package, machine llvm.TargetMachine, elsewhere map[string]bool) ([]byte, error) {
	built := program.SSA().Package(pkg.Pkg)
	module, errs := compiler.CompilePackage(pkg.ImportPath, pkg, built, machine, program.Compiler, false)
	if errs != nil {
		return nil, front.ProblemsOf(errs...)
	}
	defer dispose(module)
	defineEmbedded(module, pkg)
	initialiser := module.NamedFunction(pkg.Pkg.Path() + ".init")
	if err := interp.RunFunc(initialiser, program.Config.Options.InterpTimeout, false); err != nil {
		return nil, fmt.Errorf("%s: %w", pkg.ImportPath, err)
	}
	dropResults(module, program.Resultless(pkg))
	transform.OptimizePackage(module, program.Config)
	for name := range elsewhere {
		if function := module.NamedFunction(name); !function.IsNil() && !function.IsDeclaration() {
			// Weak, so that its body is not inlined either.
			function.SetLinkage(llvm.WeakAnyLinkage)
			function.SetVisibility(llvm.DefaultVisibility)
		}
	}
	finisher := finisher{
		config: program.Config, module: module, user: front.IsUser(pkg), edited: EditedTypes(program),
	}
	if err := finisher.finish(); err != nil {
		return nil, fmt.Errorf("%s: %w", pkg.ImportPath, err)
	}
	return emit(machine, module)
}

func emit(machine llvm.TargetMachine, module llvm.Module) ([]byte, error) {
	buffer, err := machine.EmitToMemoryBuffer(module, llvm.ObjectFile)
	if err != nil {
		return nil, err
	}
	defer buffer.Dispose()
	return append([]byte(nil), buffer.Bytes()...), nil
}
