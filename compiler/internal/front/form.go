package front

import (
	"github.com/tinygo-org/tinygo/loader"
	"golang.org/x/tools/go/ssa"
)

// SSA is the form of the sources from which code is made. What one edit builds stays in it for ever, so that each gets
// one of its own. Packages that are compiled at the same time all ask for it.
func (p *Program) SSA() *ssa.Program {
	p.forming.Lock()
	defer p.forming.Unlock()
	if p.built == nil {
		p.prepare()
		program := <-p.foundation
		p.foundation = nil
		for _, pkg := range p.user() {
			program.CreatePackage(pkg.Pkg, pkg.Files, Info(pkg), true)
		}
		p.built = program
	}
	return p.built
}

// Renew forgets what was built of the sources; the sources stay. What is the same for every edit is made beside the
// caller, which has other things to do first.
func (p *Program) Renew() {
	p.forming.Lock()
	defer p.forming.Unlock()
	p.built = nil
	p.prepare()
}

// prepare begins a form that has the packages which are not the user's.
func (p *Program) prepare() {
	if p.foundation != nil {
		return
	}
	made := make(chan *ssa.Program, 1)
	p.foundation = made
	var packages []*loader.Package
	for _, pkg := range p.loaded.Sorted() {
		if !IsUser(pkg) {
			packages = append(packages, pkg)
		}
	}
	go func() {
		program := ssa.NewProgram(p.files, ssa.BareInits|ssa.GlobalDebug|ssa.InstantiateGenerics)
		for _, pkg := range packages {
			program.CreatePackage(pkg.Pkg, pkg.Files, Info(pkg), true)
		}
		made <- program
	}()
}
