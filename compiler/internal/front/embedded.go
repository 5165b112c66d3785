package front

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

// embed reads the files that variables of a package are made from. They stay what they are until the packages are listed
// again, so that what is compiled later of the same text is the same.
func (p *Program) embed(pkg *loader.Package) error {
	for name, files := range pkg.EmbedGlobals {
		for _, file := range files {
			path := filepath.Join(pkg.Dir, file.Name)
			content, ok := p.embedded[path]
			if !ok {
				var err error
				if content, err = os.ReadFile(path); err != nil {
					return Problems{{File: path, Message: fmt.Sprintf("it cannot be embedded as %s: %v", name, err)}}
				}
				p.embedded[path] = content
			}
			sum := sha256.Sum256(content)
			file.Data, file.Size, file.Hash = content, uint64(len(content)), hex.EncodeToString(sum[:16])
		}
	}
	return nil
}

// Embedded are names of variables and of the files in them, with what those contain, in an order that is always the same.
func Embedded(pkg *loader.Package) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(pkg.EmbedGlobals)) {
		for _, file := range pkg.EmbedGlobals[name] {
			found = append(found, name+" "+file.Name+" "+file.Hash)
		}
	}
	return found
}

// embeddedIn is a hash over the files in a variable; empty when there are none.
func embeddedIn(pkg *loader.Package, variable string) []byte {
	files := pkg.EmbedGlobals[variable]
	if len(files) == 0 {
		return nil
	}
	sum := sha256.New()
	for _, file := range files {
		fmt.Fprintf(sum, "%s\x00%s\x00", file.Name, file.Hash)
	}
	return sum.Sum(nil)
}

// embedLines are the comments that say what is embedded: go has to be asked which files they mean.
func embedLines(file *ast.File) []string {
	return slices.DeleteFunc(commentsOf(file), func(comment string) bool {
		return !strings.HasPrefix(comment, "//go:embed")
	})
}
