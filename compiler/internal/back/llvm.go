package back

// What the Go bindings of LLVM leave out. Without cgo, so that the bindings alone decide where LLVM lies.

import "tinygo.org/x/go-llvm"

// clearInitializer turns a definition into a declaration: LLVM takes null for no value.
func clearInitializer(global llvm.Value) { global.SetInitializer(llvm.Value{}) }

func uses(value llvm.Value) []llvm.Value {
	var users []llvm.Value
	if value.IsNil() {
		return nil
	}
	for use := value.FirstUse(); !use.IsNil(); use = use.NextUse() {
		users = append(users, use.User())
	}
	return users
}

// functions of a module; a copy, so that they may be changed meanwhile.
func functions(module llvm.Module) []llvm.Value {
	var all []llvm.Value
	for function := module.FirstFunction(); !function.IsNil(); function = llvm.NextFunction(function) {
		all = append(all, function)
	}
	return all
}

func globals(module llvm.Module) []llvm.Value {
	var all []llvm.Value
	for global := module.FirstGlobal(); !global.IsNil(); global = llvm.NextGlobal(global) {
		all = append(all, global)
	}
	return all
}

func dispose(module llvm.Module) {
	context := module.Context()
	module.Dispose()
	context.Dispose()
}

func runPasses(module llvm.Module, passes string) error {
	options := llvm.NewPassBuilderOptions()
	defer options.Dispose()
	return module.RunPasses(passes, llvm.TargetMachine{}, options)
}
