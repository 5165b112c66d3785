package main

import (
	"crypto/sha256"
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"

	"devserver.dev/compiler/internal/wire"
)

// remembered is how many running programs are known: more of them are never patched at the same time.
const remembered = 8

// liveSymbols are those of running programs. A large one has ten thousand, which are not said again for each edit.
type liveSymbols struct {
	programs map[uint64]map[string]struct{}
	// recent numbers of programs, the newest last.
	recent []uint64
}

// of takes in what a request says, and has all symbols of its program.
func (l *liveSymbols) of(compile *wire.Compile) (map[string]struct{}, error) {
	known := l.programs[compile.Program]
	if compile.AllLive || len(compile.Live) == 0 && compile.Program == 0 {
		known = make(map[string]struct{}, len(compile.Live))
	} else if known == nil {
		return nil, errors.New("the symbols of this program are not known")
	}
	for _, name := range compile.Live {
		known[name] = struct{}{}
	}
	if l.programs == nil {
		l.programs = map[uint64]map[string]struct{}{}
	}
	l.programs[compile.Program] = known
	l.recent = append(slices.DeleteFunc(l.recent, func(number uint64) bool { return number == compile.Program }), compile.Program)
	if len(l.recent) > remembered {
		delete(l.programs, l.recent[0])
		l.recent = l.recent[1:]
	}
	return known, nil
}

// saidFacts are hashes of the facts that were said last, by package.
type saidFacts map[string][sha256.Size]byte

// news leaves out what was said before.
func (s *saidFacts) news(revised *wire.Revised) (*wire.Revised, error) {
	if *s == nil {
		*s = saidFacts{}
	}
	news := &wire.Revised{Closure: revised.Closure}
	for _, pkg := range revised.Packages {
		encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(pkg)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(encoded); (*s)[pkg.Path] != sum {
			(*s)[pkg.Path] = sum
			news.Packages = append(news.Packages, pkg)
		}
	}
	return news, nil
}
