package front

import (
	"sync"

	"github.com/tinygo-org/tinygo/compiler"
	"tinygo.org/x/go-llvm"
)

var initialise = sync.OnceFunc(func() {
	llvm.InitializeAllTargets()
	llvm.InitializeAllTargetMCs()
	llvm.InitializeAllTargetInfos()
	llvm.InitializeAllAsmParsers()
	llvm.InitializeAllAsmPrinters()
})

// NewMachine makes code for the target. A machine is for one goroutine at a time.
func NewMachine(config *compiler.Config) (llvm.TargetMachine, error) {
	initialise()
	target, err := llvm.GetTargetFromTriple(config.Triple)
	if err != nil {
		return llvm.TargetMachine{}, err
	}
	return target.CreateTargetMachine(config.Triple, config.CPU, config.Features,
		llvm.CodeGenLevelDefault, llvm.RelocStatic, llvm.CodeModelDefault), nil
}
