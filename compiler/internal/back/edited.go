package back

import (
	"regexp"
	"strings"

	"devserver.dev/compiler/internal/front"
)

// EditedTypes tells by their symbols which descriptors are those of named types of the user's packages, or of pointers
// to them: only these get methods.
func EditedTypes(program *front.Program) func(symbol string) bool {
	var paths []string
	for _, pkg := range program.Packages() {
		if front.IsUser(pkg) {
			paths = append(paths, regexp.QuoteMeta(pkg.Pkg.Path()))
		}
	}
	pattern := regexp.MustCompile("^" + descriptorPrefix + `(pointer:)?named:(` + strings.Join(paths, "|") + `)\.[^:$]*$`)
	return pattern.MatchString
}
