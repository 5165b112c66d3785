package front

import (
	"bufio"
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tinygo-org/tinygo/loader"
)

var (
	// severalPackages is what go says about a folder with files of two packages.
	severalPackages = regexp.MustCompile(`^found packages (\S+) \((\S+)\) and \S+ \((\S+)\) in (.+)$`)
	// excluded is what it says when no file is left.
	excluded = regexp.MustCompile(`^build constraints exclude all Go files in (.+)$`)
	// outsideStandard is followed by a folder that only tells where TinyGo keeps its own library.
	outsideStandard = regexp.MustCompile(`^(package .+ is not in std) \(.*\)$`)
)

// unlisted explains why packages could not be listed. What go says has no place where it is about more than one file;
// people look for one.
func (p *Program) unlisted(err error) error {
	var several loader.Errors
	if errors.As(err, &several) {
		var problems Problems
		for _, one := range several.Errs {
			problems = append(problems, p.unlistedOne(one)...)
		}
		return problems
	}
	return p.unlistedOne(err)
}

func (p *Program) unlistedOne(err error) Problems {
	problems := ProblemsOf(err)
	for index := range problems {
		problem := &problems[index]
		if match := outsideStandard.FindStringSubmatch(problem.Message); match != nil {
			problem.Message = match[1]
		}
		if problem.File != "" {
			continue
		}
		if match := severalPackages.FindStringSubmatch(problem.Message); match != nil {
			stranger := match[2]
			if match[1] == "main" {
				stranger = match[3]
			}
			problem.at(packageClause(filepath.Join(match[4], stranger)))
		} else if match := excluded.FindStringSubmatch(problem.Message); match != nil {
			if files, _ := filepath.Glob(filepath.Join(match[1], "*.go")); len(files) > 0 {
				problem.at(token.Position{Filename: files[0], Line: 1, Column: 1})
			}
		}
		var imported loader.Error
		if errors.As(err, &imported) && strings.HasPrefix(problem.Message, "import cycle") {
			stack := imported.ImportStack
			// The packages in front only lead there.
			if first := slices.Index(stack, stack[len(stack)-1]); first < len(stack)-1 {
				stack = stack[first:]
				problem.Message += ": " + strings.Join(stack, " imports ")
				problem.at(p.importIn(stack[0], stack[1]))
			}
		}
	}
	return problems
}

func (p *Problem) at(position token.Position) {
	p.File, p.Line, p.Column = position.Filename, position.Line, position.Column
}

// packageClause is where a file says of which package it is.
func packageClause(path string) token.Position {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.PackageClauseOnly)
	if err != nil {
		return token.Position{Filename: path, Line: 1, Column: 1}
	}
	return files.Position(file.Name.Pos())
}

// importIn is where a package imports another one.
func (p *Program) importIn(path, imported string) token.Position {
	command, err := loader.List(p.Config, []string{"-e", "-f", "{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}"}, []string{path})
	if err != nil {
		return token.Position{}
	}
	output, err := command.Output()
	if err != nil {
		return token.Position{}
	}
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, lines.Text(), nil, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range file.Imports {
			if name, _ := strconv.Unquote(spec.Path.Value); name == imported {
				return files.Position(spec.Path.Pos())
			}
		}
	}
	return token.Position{}
}
