package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"devserver.dev/compiler/internal/wire"
)

// program is a copy of testdata/program that is open in a service of its own.
type program struct {
	t       *testing.T
	service *service
	folder  string
	output  string
}

func openProgram(t *testing.T) *program {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/program")); err != nil {
		t.Fatal(err)
	}
	return openProgramIn(t, folder)
}

func openProgramIn(t *testing.T, folder string) *program {
	t.Helper()
	root := os.Getenv("TINYGOROOT")
	if root == "" {
		t.Fatal("set TINYGOROOT to the folder that `dev-server doctor --fix` made of TinyGo, and name its target file in DEV_SERVER_TINYGO_TARGET")
	}
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chdir(before) })
	// Objects of the standard library take seconds; they are the same for all tests.
	cache := filepath.Join(os.TempDir(), "dev-server-compiler-test-objects")
	p := &program{t, &service{}, folder, filepath.Join(t.TempDir(), "base.wasm")}
	opened := p.ask(&wire.Request{Body: &wire.Request_Open{Open: &wire.Open{
		PackageFolder: folder, Target: os.Getenv("DEV_SERVER_TINYGO_TARGET"), CacheFolder: cache,
		Clang: tool(t, "clang-19"), Linker: tool(t, "wasm-ld-19"),
	}}})
	if !strings.Contains(opened.GetOpened().GetIdentity(), "TinyGo 0.41.1") {
		t.Fatalf("opened as %v", opened)
	}
	return p
}

func tool(t *testing.T, name string) string {
	t.Helper()
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if path := filepath.Join(folder, name); exists(path) {
			return path
		}
	}
	t.Fatalf("%s is not installed: run scripts/setup", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (p *program) ask(request *wire.Request) *wire.Reply {
	p.t.Helper()
	reply := p.service.answer(request)
	if failed := reply.GetFailed(); failed != nil {
		p.t.Fatalf("%T: %v", request.Body, failed)
	}
	return reply
}

func revision(sources map[string]string, list bool) *wire.Request {
	revise := &wire.Revise{List: list}
	for _, path := range slices.Sorted(maps.Keys(sources)) {
		revise.Sources = append(revise.Sources, &wire.Source{Path: path, Content: []byte(sources[path])})
	}
	return &wire.Request{Body: &wire.Request_Revise{Revise: revise}}
}

// text of a file as it is in testdata, with replacements.
func (p *program) text(name string, replacements ...string) map[string]string {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		p.t.Fatal(err)
	}
	for index := 0; index < len(replacements); index += 2 {
		if !bytes.Contains(content, []byte(replacements[index])) {
			p.t.Fatalf("%s has no %q", name, replacements[index])
		}
		content = bytes.ReplaceAll(content, []byte(replacements[index]), []byte(replacements[index+1]))
	}
	return map[string]string{filepath.Join(p.folder, name): string(content)}
}

func (p *program) revise(sources map[string]string) *wire.Revised {
	p.t.Helper()
	// Everything is said again.
	p.service.said = nil
	return p.ask(revision(sources, false)).GetRevised()
}

// facts by a name that is unique in the program.
func facts(revised *wire.Revised) map[string]string {
	found := map[string]string{}
	for _, pkg := range revised.Packages {
		for _, function := range pkg.Functions {
			found["func "+function.Name] = string(function.Fingerprint) + function.Signature
			found["frame "+function.Name] = string(function.Frame)
		}
		for _, one := range pkg.Types {
			found["type "+pkg.SymbolPath+"."+one.Name] = one.Layout + one.Methods
		}
		for _, variable := range pkg.Variables {
			found["var "+pkg.SymbolPath+"."+variable.Name] = variable.Type + string(variable.Initializer)
		}
		for _, initializer := range pkg.Initializers {
			found[initializer.Name] = string(initializer.Fingerprint)
		}
	}
	return found
}

func differing(before, after *wire.Revised) []string {
	old, fresh := facts(before), facts(after)
	var names []string
	for name := range fresh {
		if old[name] != fresh[name] {
			names = append(names, name)
		}
	}
	for name := range old {
		if _, ok := fresh[name]; !ok {
			names = append(names, "gone "+name)
		}
	}
	slices.Sort(names)
	return names
}

func TestFactsDifferWhereTheMeaningDoes(t *testing.T) {
	p := openProgram(t)
	first := p.revise(nil)
	if got := len(first.Packages); got != 2 {
		t.Fatalf("%d packages", got)
	}
	for _, one := range []struct {
		name, file string
		edit       []string
		want       []string
	}{
		{"nothing", "main.go", nil, nil},
		{"a comment outside", "main.go", []string{"func tick", "// Ticks.\nfunc tick"}, nil},
		{"a comment inside", "main.go", []string{"count++", "// One more.\n\n\tcount++ // each time"}, nil},
		{"a body", "main.go", []string{"count++", "count += 2"}, []string{"frame main.tick", "func main.tick"}},
		{"a constant of another function", "main.go", []string{`"hello"`, `"bye"`},
			[]string{"frame main.report", "func main.report"}},
		{"inside of a literal", "main.go", []string{"count + by", "count - by"}, []string{"func main.report"}},
		{"a generic body", "shapes/shapes.go", []string{"one > largest", "one >= largest"}, []string{
			"frame example.test/program/shapes.Largest", "func example.test/program/shapes.Largest", "func main.report",
		}},
		{"a layout", "shapes/shapes.go", []string{"struct{ Radius", "struct{ Name string; Radius"},
			[]string{
				"frame (example.test/program/shapes.Circle).Area", "frame main.report",
				"func (example.test/program/shapes.Circle).Area", "func main.report",
				"type example.test/program/shapes.Circle",
			}},
		{"a method", "shapes/shapes.go", []string{"const pi", "func (c *Circle) Grow() {}\nconst pi"}, []string{
			"frame (*example.test/program/shapes.Circle).Grow", "func (*example.test/program/shapes.Circle).Grow",
			"type example.test/program/shapes.Circle",
		}},
		{"another result, the callers' text the same", "main.go",
			[]string{"func describe(shape shapes.Shape) string {\n\treturn fmt.Sprint", "func describe(shape shapes.Shape) any {\n\treturn fmt.Sprint"},
			[]string{"frame main.describe", "frame main.report", "func main.describe", "func main.report"}},
		{"the name of a parameter", "main.go", []string{"shape shapes.Shape", "form shapes.Shape", "shape.Area", "form.Area"},
			[]string{"frame main.describe", "func main.describe"}},
		{"an initial value", "main.go", []string{`"one": 1`, `"one": 2`}, []string{"var main.names"}},
		{"an init function", "main.go", []string{"count = 1", "count = 2"}, []string{"init#1 main.go"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			p.t = t
			second := p.revise(p.text(one.file, one.edit...))
			if got := differing(first, second); !slices.Equal(got, one.want) {
				t.Errorf("differs in %q, want %q", got, one.want)
			}
			if got := differing(first, p.revise(p.text(one.file))); len(got) > 0 {
				t.Errorf("taken back, it differs in %q", got)
			}
		})
	}
}

func TestAnAliasIsWhatItStandsFor(t *testing.T) {
	p := openProgram(t)
	text := func(of string) map[string]string {
		return p.text("main.go", "func tick",
			"type number = "+of+"\n\nvar held []number\n\nfunc read() int { return len(held) }\n\nfunc tick")
	}
	first := p.revise(text("int"))
	want := []string{"frame main.read", "func main.read", "var main.held"}
	if got := differing(first, p.revise(text("string"))); !slices.Equal(got, want) {
		t.Errorf("differs in %q, want %q", got, want)
	}
	if got := differing(first, p.revise(text("int"))); len(got) > 0 {
		t.Errorf("taken back, it differs in %q", got)
	}
}

func TestMistakesAreAllFoundAndLeaveTheProgramAsItWas(t *testing.T) {
	p := openProgram(t)
	first := p.revise(nil)
	sources := p.text("main.go", "count++", "count++\n\tundefined1()\n\tvar unused int")
	maps.Copy(sources, p.text("shapes/shapes.go", "return largest", "return 1 +"))
	failed := p.service.answer(revision(sources, false)).GetFailed()
	if len(failed.GetProblems()) == 0 || filepath.Base(failed.Problems[0].File) != "shapes.go" {
		t.Errorf("syntax: %v", failed)
	}
	failed = p.service.answer(revision(p.text("main.go", "count++", "count++\n\tundefined1()\n\tvar unused int"), false)).GetFailed()
	if len(failed.GetProblems()) != 2 || failed.Problems[0].Line != 29 || failed.Problems[0].Column != 2 {
		t.Errorf("types: %v", failed)
	}
	if got := differing(first, p.revise(p.text("main.go"))); len(got) > 0 {
		t.Errorf("afterwards it differs in %q", got)
	}
}

func TestOneFunctionIsCompiledAlone(t *testing.T) {
	p := openProgram(t)
	p.revise(nil)
	linked := p.ask(&wire.Request{Body: &wire.Request_Link{Link: &wire.Link{Output: p.output}}}).GetLinked()
	module, err := os.ReadFile(p.output)
	if err != nil || !bytes.HasPrefix(module, []byte("\x00asm")) {
		t.Fatalf("no module: %v", err)
	}
	if len(linked.Objects) < 20 || len(linked.Archives) != 2 || len(linked.Closures) != 1 {
		t.Errorf("%d objects, archives %q, closures %v", len(linked.Objects), linked.Archives, linked.Closures)
	}
	p.revise(p.text("main.go", "count++", "count += 2"))
	request := &wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
		Patch: 1, Parts: []*wire.Part{{Path: "example.test/program", Functions: []string{"main.tick"}}},
	}}}
	object := p.ask(request).GetCompiled().Objects[0]
	if len(object.Content) == 0 || len(object.Content) > 4096 {
		t.Errorf("an object of %d bytes", len(object.Content))
	}
	for name, want := range map[string]bool{"main.tick": true, "main.report": false, "greeting": false} {
		if bytes.Contains(object.Content, []byte(name)) != want {
			t.Errorf("%s is in the object: %v", name, !want)
		}
	}
	again := p.ask(proto.CloneOf(request)).GetCompiled().Objects[0]
	if !bytes.Equal(object.Content, again.Content) {
		t.Error("the same request gives other bytes")
	}
}

func TestNewVariablesAreComputedByAFunction(t *testing.T) {
	p := openProgram(t)
	p.revise(nil)
	p.revise(p.text("main.go", "count   int", "count   int\n\tplain = 5\n\tcomputed = describe(shapes.Circle{Radius: 3})"))
	compiled := p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{Patch: 3, Parts: []*wire.Part{
		{Path: "example.test/program", Variables: []string{"plain", "computed"}},
	}}}}).GetCompiled()
	if got := compiled.Initializer; got != "devserver.initialize@patch3" {
		t.Errorf("the initializer is %q", got)
	}
	if !bytes.Contains(compiled.Objects[1].Content, []byte("main.init@patch3")) {
		t.Error("nobody runs what computes the values")
	}
	p.revise(p.text("main.go", "count   int", "count   int\n\tplain = 5"))
	compiled = p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{Patch: 4, Parts: []*wire.Part{
		{Path: "example.test/program", Variables: []string{"plain"}},
	}}}}).GetCompiled()
	if got := compiled.Initializer; got != "" {
		t.Errorf("a constant is computed by %q", got)
	}
}

func TestWhatWasSaidIsNotSaidAgain(t *testing.T) {
	p := openProgram(t)
	if got := len(p.revise(nil).Packages); got != 2 {
		t.Fatalf("%d packages at first", got)
	}
	news := p.ask(revision(p.text("main.go", "count++", "count += 2"), false)).GetRevised()
	if len(news.Packages) != 1 || news.Packages[0].SymbolPath != "main" || len(news.Closure) < 20 {
		t.Errorf("news of %v", news.Packages)
	}
	compile := func(live []string, all bool) *wire.Reply {
		return p.service.answer(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
			Patch: 1, Program: 7, Live: live, AllLive: all,
			Parts: []*wire.Part{{Path: "example.test/program", Functions: []string{"main.report"}}},
		}}})
	}
	if compile(nil, false).GetFailed() == nil {
		t.Error("symbols of a program that nobody has spoken of were known")
	}
	const instance = "example.test/program/shapes.Largest[int]"
	whole := compile(nil, true).GetCompiled().Objects[0].Content
	less := compile([]string{instance}, false).GetCompiled().Objects[0].Content
	if again := compile(nil, false).GetCompiled().Objects[0].Content; !bytes.Equal(less, again) {
		t.Error("what was said of the program is forgotten")
	}
	if len(less) >= len(whole) {
		t.Errorf("%d bytes with an instance that is live, %d without", len(less), len(whole))
	}
}

func TestAnotherPackageIsTakenIn(t *testing.T) {
	p := openProgram(t)
	before := p.revise(nil)
	sources := p.text("main.go", `"fmt"`, "\"container/ring\"\n\t\"fmt\"", "count++", "count += ring.New(3).Len()")
	for path, text := range sources {
		// The packages are listed from the disk.
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	after := p.revise(sources)
	if !slices.Contains(after.Closure, "container/ring") || slices.Contains(before.Closure, "container/ring") {
		t.Errorf("packages: %q", after.Closure)
	}
	compiled := p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
		Patch: 1, NewPackages: []string{"container/ring"},
		Parts: []*wire.Part{{Path: "example.test/program", Functions: []string{"main.tick"}}},
	}}}).GetCompiled()
	if len(compiled.Added) != 1 || compiled.Added[0].User || !exists(compiled.Added[0].File) {
		t.Errorf("added: %v", compiled.Added)
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	p := openProgram(t)
	p.revise(nil)
	edit := func(number int) {
		p.revise(p.text("main.go", "count++", "count += "+string(rune('0'+number%10))))
		p.ask(&wire.Request{Body: &wire.Request_Compile{Compile: &wire.Compile{
			Patch: 1, Parts: []*wire.Part{{Path: "example.test/program", Functions: []string{"main.tick"}}},
		}}})
	}
	measure := func() uint64 {
		runtime.GC()
		return p.ask(&wire.Request{Body: &wire.Request_Measure{Measure: &wire.Measure{}}}).GetMeasured().Resident
	}
	for number := range 50 {
		edit(number)
	}
	early := measure()
	for number := range 300 {
		edit(number)
	}
	if late := measure(); late > early+early/10 {
		t.Errorf("%d bytes after 50 edits, %d after 350", early, late)
	}
}
