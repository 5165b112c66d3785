package back

import (
	_ "embed"
	"fmt"
	"os"
	"strings"

	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/front"
)

//go:embed support.ll
var support string

// PlaceholderSize is how much room a descriptor has that a later patch may bring, in bytes.
const PlaceholderSize = 256

// Support makes the object that every program needs besides its packages: helpers of lowered code, and the function
// that runs all initialisers.
func Support(program *front.Program, machine llvm.TargetMachine) ([]byte, error) {
	var text strings.Builder
	text.WriteString(head(program, machine))
	text.WriteString(support)
	var calls strings.Builder
	for _, pkg := range program.Packages() {
		fmt.Fprintf(&text, "declare void @%s(ptr)\n", quoted(pkg.Pkg.Path()+".init"))
		fmt.Fprintf(&calls, "  call void @%s(ptr undef)\n", quoted(pkg.Pkg.Path()+".init"))
	}
	fmt.Fprintf(&text, "define hidden void @runtime.initAll(ptr %%context) {\n%s  ret void\n}\n", calls.String())
	return assemble(machine, text.String(), program.Compiler.Features)
}

// Placeholders makes an object with a place for each descriptor that code compares with and nobody defines: one that
// arrives with a patch is recognised by code that runs already.
func Placeholders(program *front.Program, machine llvm.TargetMachine, names []string) ([]byte, error) {
	var text strings.Builder
	text.WriteString(head(program, machine))
	for _, name := range names {
		fmt.Fprintf(&text, "@%s = global [%d x i8] zeroinitializer, align 8\n", quoted(name), PlaceholderSize)
	}
	return assemble(machine, text.String(), program.Compiler.Features)
}

func head(program *front.Program, machine llvm.TargetMachine) string {
	data := machine.CreateTargetData()
	defer data.Dispose()
	return fmt.Sprintf("target datalayout = %q\ntarget triple = %q\n", data.String(), program.Compiler.Triple)
}

func quoted(name string) string {
	return `"` + strings.NewReplacer(`\`, `\5C`, `"`, `\22`).Replace(name) + `"`
}

func assemble(machine llvm.TargetMachine, text, features string) ([]byte, error) {
	// The bindings read text from files only.
	file, err := os.CreateTemp("", "*.ll")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(text); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	buffer, err := llvm.NewMemoryBufferFromFile(file.Name())
	if err != nil {
		return nil, err
	}
	context := llvm.NewContext()
	defer context.Dispose()
	module, err := context.ParseIR(buffer)
	if err != nil {
		return nil, err
	}
	defer module.Dispose()
	for _, function := range functions(module) {
		if !function.IsDeclaration() {
			function.AddFunctionAttr(context.CreateStringAttribute("target-features", features))
		}
	}
	if err := runPasses(module, "default<O2>"); err != nil {
		return nil, err
	}
	return emit(machine, module)
}
