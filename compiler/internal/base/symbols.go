package base

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// errTruncated means that an object is not what LLVM wrote.
var errTruncated = errors.New("the object is truncated")

// absentDescriptors are those that objects refer to and none of them defines.
func absentDescriptors(objects []Object) ([]string, error) {
	defined, wanted := map[string]bool{}, map[string]bool{}
	for _, object := range objects {
		content, err := os.ReadFile(object.File)
		if err != nil {
			return nil, err
		}
		err = dataSymbols(content, func(name string, isDefined bool) {
			if !strings.HasPrefix(name, "reflect/types.type:") {
				return
			}
			if isDefined {
				defined[name] = true
			} else {
				wanted[name] = true
			}
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", object.File, err)
		}
	}
	var absent []string
	for name := range wanted {
		if !defined[name] {
			absent = append(absent, name)
		}
	}
	slices.Sort(absent)
	return absent, nil
}

// dataSymbols walks the symbol table of an object: section "linking", version 2, as the tool conventions of WebAssembly
// describe it.
func dataSymbols(object []byte, visit func(name string, defined bool)) error {
	reader := reader{rest: object}
	reader.take(8)
	for len(reader.rest) > 0 && reader.err == nil {
		kind := reader.take(1)
		section := reader.part()
		if reader.err != nil || kind[0] != 0 {
			continue
		}
		if string(section.name()) != "linking" {
			continue
		}
		section.number()
		for len(section.rest) > 0 && section.err == nil {
			sub := section.take(1)
			content := section.part()
			if section.err == nil && sub[0] == 8 {
				content.symbols(visit)
				section.err = errors.Join(section.err, content.err)
			}
		}
		reader.err = errors.Join(reader.err, section.err)
	}
	return reader.err
}

type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(count uint64) []byte {
	if count > uint64(len(r.rest)) {
		r.err, r.rest = errTruncated, nil
		return make([]byte, 1)
	}
	taken := r.rest[:count]
	r.rest = r.rest[count:]
	return taken
}

func (r *reader) number() uint64 {
	value, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.err, r.rest = errTruncated, nil
		return 0
	}
	r.rest = r.rest[size:]
	return value
}

func (r *reader) name() []byte { return r.take(r.number()) }

func (r *reader) part() *reader { return &reader{rest: r.take(r.number())} }

const (
	symbolFunction, symbolData, symbolGlobal, symbolSection, symbolTag, symbolTable = 0, 1, 2, 3, 4, 5
	flagUndefined, flagExplicitName                                                 = 0x10, 0x40
)

func (r *reader) symbols(visit func(name string, defined bool)) {
	for count := r.number(); count > 0 && r.err == nil; count-- {
		kind := r.take(1)[0]
		flags := r.number()
		switch kind {
		case symbolData:
			name := string(r.name())
			defined := flags&flagUndefined == 0
			if defined {
				r.number()
				r.number()
				r.number()
			}
			visit(name, defined)
		case symbolSection:
			r.number()
		case symbolFunction, symbolGlobal, symbolTag, symbolTable:
			r.number()
			if flags&flagUndefined == 0 || flags&flagExplicitName != 0 {
				r.name()
			}
		default:
			r.err = errTruncated
		}
	}
}
