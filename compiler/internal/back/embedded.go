package back

import (
	"github.com/tinygo-org/tinygo/loader"
	"tinygo.org/x/go-llvm"
)

// defineEmbedded gives a package the content of the files that it embeds, in place of objects of their own.
func defineEmbedded(module llvm.Module, pkg *loader.Package) {
	for _, files := range pkg.EmbedGlobals {
		for _, file := range files {
			global := module.NamedGlobal("embed/file_" + file.Hash)
			if global.IsNil() || !global.IsDeclaration() {
				continue
			}
			global.SetInitializer(module.Context().ConstString(string(file.Data), false))
			global.SetLinkage(llvm.LinkOnceODRLinkage)
			global.SetGlobalConstant(true)
			global.SetUnnamedAddr(true)
			global.SetAlignment(1)
		}
	}
}
