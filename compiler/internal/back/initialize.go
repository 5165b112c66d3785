package back

import (
	"fmt"
	"strings"

	"tinygo.org/x/go-llvm"

	"devserver.dev/compiler/internal/front"
)

// stackSize is what a goroutine of this target begins with.
const stackSize = 65536

// Initialize makes an object with a function that runs others one after the other, and names it. They run in a
// goroutine, as they would at the start of a program, so that one that waits can be suspended. Then the function returns
// 0, and nothing else has run meanwhile. Else what they have started runs as far as it can.
func Initialize(program *front.Program, machine llvm.TargetMachine, patch uint32, functions []string) ([]byte, string, error) {
	var text strings.Builder
	text.WriteString(head(program, machine))
	var calls strings.Builder
	for _, function := range functions {
		fmt.Fprintf(&text, "declare void @%s(ptr)\n", quoted(function))
		fmt.Fprintf(&calls, "  call void @%s(ptr undef)\n", quoted(function))
	}
	name := func(what string) string { return fmt.Sprintf("devserver.%s@patch%d", what, patch) }
	fmt.Fprintf(&text, `@runtime.schedulerExit = external global i8
declare void @"internal/task.start"(i32, ptr, i32, ptr)
declare void @runtime.scheduler(i1, ptr)
declare void @runtime.deadlock(ptr)

@%[1]s = global i8 0

define void @%[2]s(ptr %%arguments) {
%[3]s  store volatile i8 1, ptr @%[1]s
  call void @runtime.deadlock(ptr undef)
  unreachable
}

define i32 @%[4]s(ptr %%context) {
  call void @"internal/task.start"(i32 ptrtoint (ptr @%[2]s to i32), ptr null, i32 %[5]d, ptr undef)
  store volatile i8 1, ptr @runtime.schedulerExit
  call void @runtime.scheduler(i1 true, ptr undef)
  %%value = load volatile i8, ptr @%[1]s
  %%done = icmp ne i8 %%value, 0
  br i1 %%done, label %%go, label %%wait
go:
  call void @runtime.scheduler(i1 true, ptr undef)
  ret i32 1
wait:
  ret i32 0
}
`, quoted(name("done")), quoted(name("goroutine")), calls.String(), quoted(name("initialize")), stackSize)
	object, err := assemble(machine, text.String(), program.Compiler.Features)
	return object, name("initialize"), err
}
