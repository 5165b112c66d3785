package back

import "tinygo.org/x/go-llvm"

// fewSlots are emptied one by one. Filling more of them at once costs as much time as that, and much less code, all of
// which a patch has to bring.
const fewSlots = 16

// oneSlotEach leaves out that a pointer is made visible to the collector which is visible already: it would get a second
// slot, in which it lies for exactly as long.
func oneSlotEach(module llvm.Module) {
	seen := map[llvm.Value]bool{}
	for _, call := range uses(module.NamedFunction("runtime.trackPointer")) {
		if call.IsACallInst().IsNil() {
			continue
		}
		pointer := call.Operand(0)
		if seen[pointer] {
			call.EraseFromParentAsInstruction()
		}
		seen[pointer] = true
	}
}

// nearSlots makes the code short that TinyGo's pass has added for the collector. It says of no slot that it lies inside
// of its object, without which its place is computed for each pointer that is put there.
func nearSlots(module llvm.Module) {
	context := module.Context()
	builder := context.NewBuilder()
	defer builder.Dispose()
	word := context.Int32Type()
	for _, function := range functions(module) {
		if function.IsDeclaration() {
			continue
		}
		object := stackObject(function)
		if object.IsNil() {
			continue
		}
		kind := object.AllocatedType()
		for _, user := range uses(object) {
			switch {
			case !user.IsAGetElementPtrInst().IsNil() && user.OperandsCount() == 3:
				builder.SetInsertPointBefore(user)
				inside := builder.CreateInBoundsGEP(kind, object, []llvm.Value{user.Operand(1), user.Operand(2)}, "")
				user.ReplaceAllUsesWith(inside)
				user.EraseFromParentAsInstruction()
			case !user.IsAStoreInst().IsNil() && user.Operand(1) == object && user.Operand(0).IsConstant():
				elements := kind.StructElementTypes()
				if len(elements) <= fewSlots {
					continue
				}
				builder.SetInsertPointBefore(user)
				size := llvm.ConstInt(word, uint64(4*len(elements)), false)
				fill(module, builder, object, size)
				count := builder.CreateInBoundsGEP(kind, object, []llvm.Value{
					llvm.ConstInt(word, 0, false), llvm.ConstInt(word, 1, false),
				}, "")
				builder.CreateStore(llvm.ConstInt(word, uint64(len(elements)-2), false), count)
				user.EraseFromParentAsInstruction()
			}
		}
	}
}

// stackObject is what a function has for its slots, or nil.
func stackObject(function llvm.Value) llvm.Value {
	for one := function.EntryBasicBlock().FirstInstruction(); !one.IsNil(); one = llvm.NextInstruction(one) {
		if !one.IsAAllocaInst().IsNil() && one.Name() == "gc.stackobject" {
			return one
		}
	}
	return llvm.Value{}
}

func fill(module llvm.Module, builder llvm.Builder, place, size llvm.Value) {
	context := module.Context()
	pointer := llvm.PointerType(context.Int8Type(), 0)
	kind := llvm.FunctionType(context.VoidType(), []llvm.Type{
		pointer, context.Int8Type(), context.Int32Type(), context.Int1Type(),
	}, false)
	name := "llvm.memset.p0.i32"
	function := module.NamedFunction(name)
	if function.IsNil() {
		function = llvm.AddFunction(module, name, kind)
	}
	zero, steady := llvm.ConstInt(context.Int8Type(), 0, false), llvm.ConstInt(context.Int1Type(), 0, false)
	builder.CreateCall(kind, function, []llvm.Value{place, zero, size, steady}, "")
}
