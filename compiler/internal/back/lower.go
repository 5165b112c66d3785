// Package back makes relocatable objects of single packages, and of parts of them.
package back

import (
	"strings"

	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/front"
)

const descriptorPrefix = "reflect/types.type:"

// descriptorRoom is left behind the descriptor of a type that may be edited: its address is the identity of the type,
// so that one with more methods has to fit where the old one lies. 24 words are the methods of large types.
const descriptorRoom = 96

// lower resolves interfaces without knowledge of the whole program, in place of TinyGo's own pass, which numbers all
// types and methods there are: every decision is left to the linker, by symbol, or to a look into the method set of a
// value. New types then need no change of code that runs.
type lowering struct {
	module  llvm.Module
	context llvm.Context
	builder llvm.Builder
	pointer llvm.Type
	// edited is true for symbols of types of the user's packages.
	edited func(symbol string) bool
}

func lower(module llvm.Module, edited func(symbol string) bool) {
	context := module.Context()
	builder := context.NewBuilder()
	defer builder.Dispose()
	l := lowering{module, context, builder, llvm.PointerType(context.Int8Type(), 0), edited}
	for _, global := range globals(module) {
		if strings.HasPrefix(global.Name(), descriptorPrefix) {
			l.descriptor(global)
		}
	}
	for _, assertion := range uses(module.NamedFunction("runtime.typeAssert")) {
		l.typeAssertion(assertion)
	}
	for _, function := range functions(module) {
		methods := function.GetStringAttributeAtIndex(-1, "tinygo-methods")
		if !methods.IsNil() && function.IsDeclaration() {
			l.dispatcher(function, methods.GetStringValue())
		}
	}
}

func (l *lowering) word(value uint64) llvm.Value {
	return llvm.ConstInt(l.context.Int32Type(), value, false)
}

// descriptor gives every type the word in front that points to its methods, as only those with methods have it.
func (l *lowering) descriptor(global llvm.Value) {
	initial := global.Initializer()
	if initial.IsNil() || global.GlobalValueType().TypeKind() != llvm.StructTypeKind {
		return
	}
	elements := initial.Type().StructElementTypes()
	bare := elements[0] == l.context.Int8Type()
	edited := l.edited(global.Name())
	local := strings.Contains(global.Name(), front.LocalMark)
	if !bare && !edited && !local {
		return
	}
	var fields []llvm.Value
	if bare {
		fields = append(fields, llvm.ConstNull(l.pointer))
	}
	for index := range elements {
		fields = append(fields, l.builder.CreateExtractValue(initial, index, ""))
	}
	if last := fields[len(fields)-1]; local && last.IsConstantString() {
		// The name, which the program may print: as it is written in the sources.
		name, _, _ := strings.Cut(last.ConstGetAsString(), front.LocalMark)
		fields[len(fields)-1] = l.context.ConstString(strings.TrimRight(name, "\x00")+"\x00", false)
	}
	if edited {
		fields = append(fields, llvm.ConstNull(llvm.ArrayType(l.context.Int8Type(), descriptorRoom)))
	}
	content := l.context.ConstStruct(fields, false)
	name := global.Name()
	wider := llvm.AddGlobal(l.module, content.Type(), name+".wider")
	wider.SetInitializer(content)
	wider.SetLinkage(global.Linkage())
	wider.SetGlobalConstant(true)
	wider.SetAlignment(global.Alignment())
	address := wider
	if bare {
		address = llvm.ConstInBoundsGEP(content.Type(), wider, []llvm.Value{l.word(0), l.word(1)})
	}
	global.ReplaceAllUsesWith(address)
	global.EraseFromParentAsGlobal()
	wider.SetName(name)
}

// typeAssertion compares addresses. A descriptor that the program lacks is weak, and its address 0 no value has.
func (l *lowering) typeAssertion(call llvm.Value) {
	actual := call.Operand(0)
	name := strings.TrimPrefix(call.Operand(1).Name(), "reflect/types.typeid:")
	// The method word in front, and one byte for each pointer level beyond the first, as TinyGo tags them.
	offset := uint64(4)
	for strings.HasPrefix(name, "pointer:pointer:") {
		name = strings.TrimPrefix(name, "pointer:")
		offset++
	}
	global := l.module.NamedGlobal(descriptorPrefix + name)
	if global.IsNil() {
		global = llvm.AddGlobal(l.module, l.context.Int8Type(), descriptorPrefix+name)
		global.SetLinkage(llvm.ExternalWeakLinkage)
		global.SetGlobalConstant(true)
	}
	l.builder.SetInsertPointBefore(call)
	wanted := llvm.ConstInBoundsGEP(l.context.Int8Type(), global, []llvm.Value{l.word(offset)})
	equal := l.builder.CreateICmp(llvm.IntEQ, wanted, actual, "typeassert.ok")
	if global.Linkage() == llvm.ExternalWeakLinkage {
		present := l.builder.CreateICmp(llvm.IntNE, actual, llvm.ConstNull(l.pointer), "")
		equal = l.builder.CreateAnd(equal, present, "")
	}
	call.ReplaceAllUsesWith(equal)
	call.EraseFromParentAsInstruction()
}

// dispatcher gives a body to a method call through an interface, or to an assertion to one: it looks into the method
// set of the value. Every object has its own; the linker keeps one.
func (l *lowering) dispatcher(function llvm.Value, methods string) {
	block := l.context.AddBasicBlock(function, "entry")
	l.builder.SetInsertPointAtEnd(block)
	function.SetLinkage(llvm.LinkOnceODRLinkage)
	function.SetVisibility(llvm.HiddenVisibility)
	function.SetUnnamedAddr(true)
	if method := function.GetStringAttributeAtIndex(-1, "tinygo-invoke"); !method.IsNil() {
		l.invoke(function, method.GetStringValue())
		return
	}
	var wanted []llvm.Value
	for _, method := range strings.Split(methods, "; ") {
		wanted = append(wanted, l.methodName(method))
	}
	list := llvm.ConstArray(l.pointer, wanted)
	global := llvm.AddGlobal(l.module, list.Type(), function.Name()+".methods")
	global.SetInitializer(list)
	global.SetLinkage(llvm.LinkOnceODRLinkage)
	global.SetGlobalConstant(true)
	kind := llvm.FunctionType(l.context.Int1Type(), []llvm.Type{l.pointer, l.pointer, l.context.Int32Type()}, false)
	count := l.word(uint64(len(wanted)))
	has := l.runtime("devserver.implements", kind)
	l.builder.CreateRet(l.builder.CreateCall(kind, has, []llvm.Value{function.Param(0), global, count}, ""))
}

func (l *lowering) invoke(function llvm.Value, method string) {
	parameters := function.Params()
	last := len(parameters) - 2
	kind := llvm.FunctionType(l.pointer, []llvm.Type{l.pointer, l.pointer}, false)
	lookup := l.runtime("devserver.lookup", kind)
	found := l.builder.CreateCall(kind, lookup, []llvm.Value{parameters[last], l.methodName(method)}, "")
	arguments := append(append([]llvm.Value{}, parameters[:last]...), llvm.Undef(l.pointer))
	var types []llvm.Type
	for _, argument := range arguments {
		types = append(types, argument.Type())
	}
	result := function.GlobalValueType().ReturnType()
	call := l.builder.CreateCall(llvm.FunctionType(result, types, false), found, arguments, "")
	if result.TypeKind() == llvm.VoidTypeKind {
		l.builder.CreateRetVoid()
	} else {
		l.builder.CreateRet(call)
	}
}

// methodName is the byte whose address names a method and its signature.
func (l *lowering) methodName(name string) llvm.Value {
	global := l.module.NamedGlobal(name)
	if global.IsNil() {
		global = llvm.AddGlobal(l.module, l.context.Int8Type(), name)
		global.SetInitializer(llvm.ConstInt(l.context.Int8Type(), 0, false))
		global.SetLinkage(llvm.LinkOnceODRLinkage)
		global.SetGlobalConstant(true)
		global.SetAlignment(1)
	}
	return global
}

// runtime is a function of ours that only reads: one that may write would force slots for the collector on callers.
func (l *lowering) runtime(name string, kind llvm.Type) llvm.Value {
	function := l.module.NamedFunction(name)
	if function.IsNil() {
		function = llvm.AddFunction(l.module, name, kind)
		function.AddFunctionAttr(l.context.CreateEnumAttribute(llvm.AttributeKindID("nounwind"), 0))
		const readsArguments, readsInaccessible, readsOther = 1, 1 << 2, 1 << 4
		memory := l.context.CreateEnumAttribute(llvm.AttributeKindID("memory"), readsArguments|readsInaccessible|readsOther)
		function.AddFunctionAttr(memory)
	}
	return function
}
