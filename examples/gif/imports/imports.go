// Package imports reads what a WebAssembly module wants of its host.
package imports

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Import is one thing that a module wants.
type Import struct {
	Module, Name string
}

// String is what others are told about it.
func (i Import) String() string {
	return i.Module + "." + i.Name
}

// System is the module that all of WASI preview 1 is in.
const System = "wasi_snapshot_preview1"

// Foreign returns what is neither WASI preview 1 nor one of the functions that a host has registered.
func Foreign(wanted []Import, registered ...string) []Import {
	return slices.DeleteFunc(slices.Clone(wanted), func(wanted Import) bool {
		return wanted.Module == System || slices.Contains(registered, wanted.String())
	})
}

// importSection is the number of the section that lists them.
const importSection = 2

// Of returns the imports of a module, in its order.
func Of(module []byte) ([]Import, error) {
	rest, isModule := bytes.CutPrefix(module, []byte("\x00asm\x01\x00\x00\x00"))
	if !isModule {
		return nil, errors.New("no module of WebAssembly version 1; a component is none")
	}
	sections := reader{rest}
	for len(sections.rest) > 0 {
		kind, err := sections.byte()
		if err != nil {
			return nil, err
		}
		contents, err := sections.vector()
		if err != nil {
			return nil, err
		}
		if kind == importSection {
			section := reader{contents}
			return section.imports()
		}
	}
	return nil, nil
}

// reader takes a module apart from its beginning.
type reader struct {
	rest []byte
}

var errEnd = errors.New("the module ends too early")

func (r *reader) byte() (byte, error) {
	if len(r.rest) == 0 {
		return 0, errEnd
	}
	first := r.rest[0]
	r.rest = r.rest[1:]
	return first, nil
}

func (r *reader) number() (uint64, error) {
	number, size := binary.Uvarint(r.rest)
	if size <= 0 {
		return 0, errEnd
	}
	r.rest = r.rest[size:]
	return number, nil
}

// vector is as many bytes as the number before them says.
func (r *reader) vector() ([]byte, error) {
	size, err := r.number()
	if err != nil || size > uint64(len(r.rest)) {
		return nil, errEnd
	}
	contents := r.rest[:size]
	r.rest = r.rest[size:]
	return contents, nil
}

func (r *reader) imports() ([]Import, error) {
	count, err := r.number()
	if err != nil {
		return nil, err
	}
	var imports []Import
	for range count {
		module, err := r.vector()
		if err != nil {
			return nil, err
		}
		name, err := r.vector()
		if err != nil {
			return nil, err
		}
		if err := r.description(); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", module, name, err)
		}
		imports = append(imports, Import{string(module), string(name)})
	}
	return imports, nil
}

// description passes over what kind of thing an import is.
func (r *reader) description() error {
	kind, err := r.byte()
	if err != nil {
		return err
	}
	switch kind {
	case 0: // A function of a type.
		_, err = r.number()
	case 1: // A table: of what, and how large.
		if _, err = r.byte(); err == nil {
			err = r.limits()
		}
	case 2: // A memory.
		err = r.limits()
	case 3: // A global variable: of what type, and whether it changes.
		if _, err = r.byte(); err == nil {
			_, err = r.byte()
		}
	case 4: // A tag of exceptions: zero and a type.
		if _, err = r.byte(); err == nil {
			_, err = r.number()
		}
	default:
		err = fmt.Errorf("there is no kind %d of imports", kind)
	}
	return err
}

// limits are the least size and, if the first bit says so, the greatest.
func (r *reader) limits() error {
	flags, err := r.byte()
	if err != nil {
		return err
	}
	if _, err = r.number(); err == nil && flags&1 != 0 {
		_, err = r.number()
	}
	return err
}
