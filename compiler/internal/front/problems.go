package front

import (
	"errors"
	"fmt"
	"go/scanner"
	"go/types"
	"path/filepath"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

// Problem is a mistake in the sources.
type Problem struct {
	// File is absolute, or empty.
	File         string
	Line, Column int
	Message      string
}

// Problems are mistakes in the sources, all that were found.
type Problems []Problem

func (p Problems) Error() string { return fmt.Sprintf("%d mistakes in the sources", len(p)) }

// ProblemsOf takes the errors of parser, checker and code generator apart.
func ProblemsOf(errs ...error) Problems {
	var found Problems
	for _, err := range errs {
		var ready Problems
		var several loader.Errors
		var list scanner.ErrorList
		var syntax scanner.Error
		var kind types.Error
		var imported loader.Error
		switch {
		case errors.As(err, &ready):
			found = append(found, ready...)
		case errors.As(err, &several):
			found = append(found, ProblemsOf(several.Errs...)...)
		case errors.As(err, &list):
			for _, one := range list {
				found = append(found, ProblemsOf(*one)...)
			}
		case errors.As(err, &syntax):
			at := syntax.Pos
			found = append(found, Problem{at.Filename, at.Line, at.Column, syntax.Msg})
		case errors.As(err, &kind):
			at := kind.Fset.Position(kind.Pos)
			if more, ok := strings.CutPrefix(kind.Msg, "\t"); ok && len(found) > 0 {
				// It belongs to the mistake before it.
				found[len(found)-1].Message += fmt.Sprintf("\n\t%s:%d:%d: %s", filepath.Base(at.Filename), at.Line, at.Column, more)
				continue
			}
			found = append(found, Problem{at.Filename, at.Line, at.Column, kind.Msg})
		case errors.As(err, &imported):
			at := imported.Err.Pos
			found = append(found, Problem{at.Filename, at.Line, at.Column, imported.Err.Msg})
		default:
			found = append(found, Problem{Message: err.Error()})
		}
	}
	return found
}
