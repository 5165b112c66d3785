package main

import (
	"slices"
	"strings"
	"testing"

	"devserver.dev/compiler/internal/wire"
)

const withLiterals = `func report() {
	step := 2
	add := func(by int) int { return count + by*step }
	nested := func() func() string { return func() string { return greeting } }
	fmt.Println(add(1), nested()(), shapes.Largest([]int{1, 2}), names["one"], started)
}

func describe`

func TestLiteralsThatAreTheSameAreNotCompiled(t *testing.T) {
	p := openProgram(t)
	const before = `func report() {
	add := func(by int) int { return count + by }
	fmt.Println(greeting, add(1), describe(shapes.Circle{Radius: 2}), shapes.Largest([]int{1, 2}), names["one"], started)
}

func describe`
	p.revise(nil)
	compile := func(text string, has []*wire.ClosureFacts, more ...string) *wire.Compiled {
		p.revise(p.text("main.go", append([]string{before, text}, more...)...))
		return p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{Patch: 1, Parts: []*wire.Part{{
			Path: "example.test/program", Functions: []string{"main.report"}, Literals: has,
		}}}}}).GetCompiled()
	}
	kept := func(compiled *wire.Compiled) []string {
		names := []string{}
		for _, literal := range compiled.Closures {
			if literal.Kept {
				names = append(names, strings.TrimPrefix(literal.Name, "main.report"))
			}
		}
		slices.Sort(names)
		return names
	}
	first := compile(withLiterals, nil)
	if got := kept(first); len(first.Closures) != 3 || len(got) > 0 {
		t.Fatalf("%d literals, %q kept", len(first.Closures), got)
	}
	all := []string{"$1", "$2", "$2$1"}
	for _, one := range []struct {
		name string
		edit []string
		want []string
	}{
		{"another body around them", []string{"step := 2", "step := 3"}, all},
		{"text between them", []string{"add(1)", "add(2)"}, all},
		{"one of them", []string{"count + by", "count - by"}, []string{"$2", "$2$1"}},
		{"one inside of another", []string{"return greeting", "return greeting + greeting"}, []string{"$1"}},
		{"what a constant means", []string{`"hello"`, `"bye"`}, []string{"$1"}},
		{"the type of what is captured", []string{"step := 2", "step := int(len(names))"}, all},
		{"another type of what is captured", []string{"step := 2", "step := uint8(2)", "by*step", "by*int(step)"}, []string{"$2", "$2$1"}},
		{"the type of a variable, its users' text the same", []string{"count   int", "count   number", "func init()", "type number = int\n\nfunc init()"},
			[]string{"$2", "$2$1"}},
		{"one in front", []string{"step := 2", "step := func() int { return 2 }()"}, []string{}},
		{"a type that only the function has", []string{"step := 2", "type local int\n\tstep := int(local(2))"}, []string{}},
		{"one less", []string{"nested := func() func() string { return func() string { return greeting } }\n", "", "nested()()", "0"}, []string{"$1"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			p.t = t
			next := compile(withLiterals, first.Closures, one.edit...)
			if got := kept(next); !slices.Equal(got, one.want) {
				t.Errorf("%q are kept, want %q", got, one.want)
			}
			for _, literal := range next.Closures {
				if len(literal.Fingerprint) == 0 && one.name != "a type that only the function has" {
					t.Errorf("nobody knows what %s is", literal.Name)
				}
			}
		})
	}
	p.t = t
	whole, less := compile(withLiterals, nil), compile(withLiterals, first.Closures)
	if len(less.Objects[0].Content) >= len(whole.Objects[0].Content) {
		t.Errorf("%d bytes without literals, %d with them", len(less.Objects[0].Content), len(whole.Objects[0].Content))
	}
	const generic = `func each[T any](all []T) { func() { fmt.Println(all) }() }

func report() {
	each([]int{1})
}

func describe`
	for _, literal := range compile(generic, nil).Closures {
		if len(literal.Fingerprint) > 0 {
			t.Errorf("%s may be another function for another type", literal.Name)
		}
	}
}
