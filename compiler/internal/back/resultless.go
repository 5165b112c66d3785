package back

import (
	"tinygo.org/x/go-llvm"
)

// dropResults calls functions as they are defined: without a result, although the module declares one. The linker would
// put a trap in the place of each.
func dropResults(module llvm.Module, symbols []string) {
	builder := module.Context().NewBuilder()
	defer builder.Dispose()
	for _, symbol := range symbols {
		declared := module.NamedFunction(symbol)
		if declared.IsNil() || !declared.IsDeclaration() {
			continue
		}
		kind := declared.GlobalValueType()
		void := llvm.FunctionType(module.Context().VoidType(), kind.ParamTypes(), false)
		declared.SetName("")
		defined := llvm.AddFunction(module, symbol, void)
		for _, call := range uses(declared) {
			if call.IsACallInst().IsNil() || call.CalledValue() != declared {
				continue
			}
			var arguments []llvm.Value
			for index := range kind.ParamTypes() {
				arguments = append(arguments, call.Operand(index))
			}
			builder.SetInsertPointBefore(call)
			builder.CreateCall(void, defined, arguments, "")
			call.ReplaceAllUsesWith(llvm.ConstNull(kind.ReturnType()))
			call.EraseFromParentAsInstruction()
		}
	}
}
