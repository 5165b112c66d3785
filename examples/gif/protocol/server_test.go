package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/compare"
)

func TestRequestsAllocateNothing(t *testing.T) {
	server := new(Server)
	input := bytes.NewReader(nil)
	stream := request(`{"frames":4,"width":50,"height":40}`)
	for _, mistake := range []string{
		`{"frames":4,"delay":1,"width":5,"height":4,"payload":320}` + string(stripes(4, 5, 4)),
		`{"frames":0}`, `{"height":4000}`, `{"delay":-1}`, `{"colour":4}`, `{"frames":1,"frames":1}`, `{"frames":1000,"width":1000}`,
		`{"payload":5}12345`, `{"frames":2,"delay":0,"width":1,"height":1,"payload":8}12345678`, `{"frames":"4"}`,
	} {
		header, payload, _ := strings.Cut(mistake, "}")
		stream = append(stream, request(header+"}", []byte(payload)...)...)
	}
	serve := func() {
		input.Reset(stream)
		if err := server.Serve(input, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	serve()
	if allocations := testing.AllocsPerRun(20, serve); allocations != 0 {
		t.Errorf("%v allocations for a stream of requests", allocations)
	}
}

func TestPayloadIsShownAsItIs(t *testing.T) {
	// What the module draws, as pictures that are sent.
	options := animation.Options{Frames: 5, Delay: 6, Width: 40, Height: 30}
	drawn := new(animation.Generator).Generate(options)
	payload, err := compare.Pixels(drawn)
	if err != nil {
		t.Fatal(err)
	}
	stream := append(request(`{"frames":5,"delay":6,"width":40,"height":30,"payload":24000}`), payload...)
	answers := answersTo(t, new(Server), stream)
	if len(answers) != 1 || answers[0].Status != 200 {
		t.Fatalf("%s", described(answers))
	}
	difference, err := compare.GIFs(drawn, answers[0].GIF)
	if err != nil || difference.Part() > compare.Tolerated {
		t.Errorf("%+v, %v", difference, err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{ left int }

func (b *brokenWriter) Write(bytes []byte) (int, error) {
	if b.left == 0 {
		return 0, errBroken
	}
	b.left--
	return len(bytes), nil
}

func TestBrokenStreamsEndIt(t *testing.T) {
	whole := request(`{"frames":2,"delay":1,"width":30,"height":30,"payload":7200}`, many(7200)...)
	for _, size := range []int{0, 3, 20, 70, 3000, 7000} {
		input := io.MultiReader(bytes.NewReader(whole[:size]), iotest.ErrReader(errBroken))
		if err := new(Server).Serve(input, io.Discard); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", size, err)
		}
	}
	refused := io.MultiReader(bytes.NewReader(request(`{"frames":0,"payload":7200}`)), iotest.ErrReader(errBroken))
	if err := new(Server).Serve(refused, io.Discard); !errors.Is(err, errBroken) {
		t.Errorf("while it was passed over: %v", err)
	}
	for left := range 2 {
		if err := new(Server).Serve(bytes.NewReader(whole), &brokenWriter{left}); !errors.Is(err, errBroken) {
			t.Errorf("after %d writes: %v", left, err)
		}
	}
}

// FuzzHeader compares the reader with the one of the standard library: what one takes, the other one takes as the same.
func FuzzHeader(f *testing.F) {
	for _, input := range inputs {
		if len(input) > 4 {
			f.Add(input[4:])
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var refusal refusal
		read := readHeader(text, &refusal)
		defaults := animation.Default
		expected := struct {
			Frames      *int   `json:"frames"`
			Delay       *int   `json:"delay"`
			Width       *int   `json:"width"`
			Height      *int   `json:"height"`
			Payload     *int64 `json:"payload"`
			Allocations *int   `json:"allocations"`
		}{Frames: &defaults.Frames, Delay: &defaults.Delay, Width: &defaults.Width, Height: &defaults.Height,
			Payload: new(int64), Allocations: new(int)}
		err := json.Unmarshal(text, &expected)
		if refusal.code == "" {
			same := read.header.options == defaults && read.header.payload == *expected.Payload &&
				read.header.wantsAllocations == (*expected.Allocations == 1)
			if err != nil || !same {
				t.Fatalf("%+v was read, and %+v by the standard library (%v)", read.header, defaults, err)
			}
		} else if !json.Valid(text) && read.isPayloadKnown && !bytes.ContainsRune(text, '\\') {
			// Escapes, which no known name has, are not looked at.
			t.Fatalf("%s: %s, though it is no JSON", refusal.code, refusal.text)
		}
		if refusal.code == notJSON && json.Valid(text) && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
			t.Fatalf("%s, though it is", refusal.text)
		}
	})
}

// FuzzServer looks for input that does not end in answers.
func FuzzServer(f *testing.F) {
	for _, input := range inputs {
		f.Add(input)
	}
	server := new(Server)
	f.Fuzz(func(t *testing.T, input []byte) {
		answersTo(t, server, input)
	})
}
