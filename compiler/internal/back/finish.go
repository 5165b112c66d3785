package back

import (
	"github.com/tinygo-org/tinygo/compileopts"
	"github.com/tinygo-org/tinygo/transform"
	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/wire"
)

// userPasses work inside of single functions: were one inlined into another, an edit of it would spread to that one.
const userPasses = "globaldce,function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg)"

// stackChain is the head of the list of stack frames that the collector walks.
const stackChain = "runtime.stackChainStart"

// finisher takes a compiled package to the point where code can be made of it.
type finisher struct {
	config *compileopts.Config
	module llvm.Module
	// user code is patched, other code optimised as a whole.
	user   bool
	edited func(symbol string) bool
	// live symbols are those of a running program that may be referred to; nil for the whole program.
	live func(symbol string) bool
	// kept are function literals that were left out, since the program has them.
	kept []*wire.ClosureFacts
}

func (f *finisher) finish() error {
	if !f.user {
		if err := runPasses(f.module, "globaldce,globalopt,ipsccp,instcombine<no-verify-fixpoint>,adce,function-attrs"); err != nil {
			return err
		}
		declareAlloc(f.module)
		transform.OptimizeStringToBytes(f.module)
		transform.OptimizeAllocs(f.module, nil, f.config.MaxStackAlloc(), nil)
	}
	lower(f.module, f.edited)
	if f.live != nil {
		refer(f.module, f.live, f.kept)
		if err := runPasses(f.module, "elim-avail-extern,globaldce"); err != nil {
			return err
		}
	}
	if errs := transform.LowerInterrupts(f.module); len(errs) > 0 {
		return errs[0]
	}
	own(f.module)
	if err := f.optimise(); err != nil {
		return err
	}
	f.stackSlots()
	return nil
}

// own says of all variables that they are in the same module in the end, wherever they are defined. Code that uses them
// is then the same whether it is compiled beside them or alone.
func own(module llvm.Module) {
	for _, global := range globals(module) {
		switch global.Linkage() {
		case llvm.ExternalLinkage, llvm.LinkOnceODRLinkage, llvm.LinkOnceAnyLinkage, llvm.WeakODRLinkage:
			global.SetVisibility(llvm.HiddenVisibility)
		}
	}
}
func (f *finisher) optimise() error {
	if f.user {
		return runPasses(f.module, userPasses)
	}
	if err := runPasses(f.module, "globaldce,function-attrs"); err != nil {
		return err
	}
	declareAlloc(f.module)
	transform.OptimizeStringEqual(f.module)
	return runPasses(f.module, "thinlto-pre-link<O2>")
}

// stackSlots makes pointers on the stack visible to the collector. TinyGo leaves out functions whose callees cannot
// allocate, which does not hold once a callee can be replaced: a call of an unknown function keeps the slots, and is
// taken out again.
func (f *finisher) stackSlots() {
	declareAlloc(f.module)
	context := f.module.Context()
	if !f.module.NamedFunction("runtime.trackPointer").IsNil() {
		if f.module.NamedGlobal(stackChain).IsNil() {
			// Without it the pass deletes all tracking.
			global := llvm.AddGlobal(f.module, llvm.PointerType(context.Int8Type(), 0), stackChain)
			global.SetLinkage(llvm.ExternalLinkage)
		}
		unknown := f.callUnknown()
		oneSlotEach(f.module)
		transform.MakeGCStackSlots(f.module)
		for _, call := range unknown {
			call.EraseFromParentAsInstruction()
		}
		if function := f.module.NamedFunction("devserver.unknown"); !function.IsNil() {
			function.EraseFromParentAsFunction()
		}
		nearSlots(f.module)
	}
	if global := f.module.NamedGlobal(stackChain); !global.IsNil() {
		clearInitializer(global)
		global.SetGlobalConstant(false)
		global.SetLinkage(llvm.ExternalLinkage)
		global.SetAlignment(4)
	}
}

func (f *finisher) callUnknown() []llvm.Value {
	if !f.user {
		return nil
	}
	context := f.module.Context()
	kind := llvm.FunctionType(context.VoidType(), nil, false)
	defined := functions(f.module)
	unknown := llvm.AddFunction(f.module, "devserver.unknown", kind)
	builder := context.NewBuilder()
	defer builder.Dispose()
	var calls []llvm.Value
	for _, function := range defined {
		block := function.FirstBasicBlock()
		if block.IsNil() {
			continue
		}
		first := block.FirstInstruction()
		for !first.IsAPHINode().IsNil() || !first.IsAAllocaInst().IsNil() {
			first = llvm.NextInstruction(first)
		}
		builder.SetInsertPointBefore(first)
		calls = append(calls, builder.CreateCall(kind, unknown, nil, ""))
	}
	return calls
}

// declareAlloc keeps the name in the module, by which passes of TinyGo find allocations.
func declareAlloc(module llvm.Module) {
	if !module.NamedFunction("runtime.alloc").IsNil() {
		return
	}
	context := module.Context()
	pointer := llvm.PointerType(context.Int8Type(), 0)
	parameters := []llvm.Type{context.Int32Type(), pointer, pointer}
	llvm.AddFunction(module, "runtime.alloc", llvm.FunctionType(pointer, parameters, false))
}

// refer turns what could be merged with the running program (instances of generic functions, wrappers, dispatchers,
// descriptors) into references to it. For descriptors this is a must: their address is the identity of the type.
// Wrappers of functions that are defined here may have another layout than the live ones, and are made anew; those of
// literals, which may have taken the place of others, as well.
func refer(module llvm.Module, live func(string) bool, kept []*wire.ClosureFacts) {
	defined := map[string]bool{}
	for _, literal := range kept {
		defined[literal.Name] = true
	}
	for _, function := range functions(module) {
		if !function.IsDeclaration() && function.Linkage() != llvm.LinkOnceODRLinkage {
			defined[function.Name()] = true
		}
	}
	for _, function := range functions(module) {
		merged := !function.IsDeclaration() && function.Linkage() == llvm.LinkOnceODRLinkage
		if merged && live(function.Name()) && !isWrapper(function.Name(), defined) {
			function.SetLinkage(llvm.AvailableExternallyLinkage)
		}
	}
	for _, global := range globals(module) {
		if !global.IsDeclaration() && global.Linkage() == llvm.LinkOnceODRLinkage && live(global.Name()) {
			clearInitializer(global)
			global.SetLinkage(llvm.ExternalLinkage)
		}
	}
}

// isWrapper is true for X$gowrapper, X$invoke, X$1$bound of a defined X.
func isWrapper(name string, defined map[string]bool) bool {
	for index := len(name) - 1; index > 0; index-- {
		if name[index] == '$' && defined[name[:index]] {
			return true
		}
	}
	return false
}
