package protocol

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"devserver.dev/examples/gif/answer"
)

const vectors = "../testdata/vectors"

// vector is a stream of requests and what is answered. The files are for other hosts and modules too.
type vector struct {
	Name    string          `json:"name"`
	Answers []answer.Answer `json:"answers"`
}

// request returns the bytes of a request with a payload.
func request(header string, payload ...byte) []byte {
	length := len(header)
	return append(append([]byte{byte(length), byte(length >> 8), byte(length >> 16), byte(length >> 24)}, header...), payload...)
}

// stripes are frames in which each row has another colour, the last one transparent.
func stripes(frames, width, height int) []byte {
	var payload []byte
	for frame := range frames {
		for row := range height {
			for range width {
				alpha := byte(255)
				if row == height-1 {
					alpha = 0
				}
				payload = append(payload, byte(40*frame), byte(200/height*row), 90, alpha)
			}
		}
	}
	return payload
}

func many(number int) []byte {
	return make([]byte, number)
}

// inputs are the streams of the vectors, by name.
var inputs = map[string][]byte{
	"nothing":                    nil,
	"all-defaults":               request(`{}`),
	"all-fields":                 request(`{"frames":3,"delay":10,"width":33,"height":21}`),
	"all-fields-with-zeros":      request(`{"frames":3,"delay":0,"width":33,"height":21,"payload":0,"allocations":0}`),
	"blanks":                     request(" {\n\t\"height\" :  21\r,\"width\":33 } \n"),
	"smallest":                   request(`{"frames":1,"delay":0,"width":1,"height":1}`),
	"longest-delay":              request(`{"frames":2,"delay":65535,"width":8,"height":8}`),
	"most-frames":                request(`{"frames":1000,"width":4,"height":4}`),
	"largest-width":              request(`{"frames":1,"width":1024,"height":2}`),
	"largest-height":             request(`{"frames":1,"width":2,"height":1024}`),
	"allocations":                request(`{"allocations":1}`),
	"payload":                    request(`{"frames":3,"delay":4,"width":5,"height":4,"payload":240}`, stripes(3, 5, 4)...),
	"payload-and-allocations":    request(`{"frames":3,"delay":4,"width":5,"height":4,"payload":240,"allocations":1}`, stripes(3, 5, 4)...),
	"payload-of-one-frame":       request(`{"frames":1,"delay":0,"width":5,"height":4,"payload":80}`, stripes(1, 5, 4)...),
	"several":                    slices.Concat(request(`{"frames":2,"width":9,"height":9}`), request(`{"frames":2,"delay":1,"width":5,"height":4,"payload":160}`, stripes(2, 5, 4)...), request(`{"frames":1,"width":7,"height":7}`)),
	"header-of-1024":             request(`{}` + strings.Repeat(" ", LongestHeader-2)),
	"header-too-long":            request(`{}` + strings.Repeat(" ", LongestHeader-1)),
	"header-of-4-gib":            {0xff, 0xff, 0xff, 0xff, '{', '}'},
	"header-length-in-big-end":   {0, 0, 0, 2, '{', '}'},
	"header-empty":               request(``),
	"header-not-json":            request(`frames=3`),
	"header-without-end":         request(`{"frames":3`),
	"header-without-name":        request(`{3}`),
	"header-with-comma-at-end":   request(`{"frames":3,}`),
	"header-with-two-objects":    request(`{}{}`),
	"header-is-a-list":           request(`[{"frames":3}]`),
	"header-ends-only":           request(`}`),
	"header-is-null":             request(`null`),
	"header-with-nul":            request("{\"frames\x00\":3}"),
	"header-with-byte-order":     request("\xef\xbb\xbf{}"),
	"header-without-value":       request(`{"frames":`),
	"value-is-text":              request(`{"frames":"3"}`),
	"value-is-true":              request(`{"frames":true}`),
	"value-is-null":              request(`{"frames":null}`),
	"value-is-an-object":         request(`{"frames":{}}`),
	"value-has-a-fraction":       request(`{"frames":3.0}`),
	"value-has-an-exponent":      request(`{"frames":3e0}`),
	"value-begins-with-zero":     request(`{"frames":03}`),
	"value-begins-with-plus":     request(`{"frames":+3}`),
	"value-is-hexadecimal":       request(`{"frames":0x3}`),
	"unknown-field":              request(`{"colour":3}`),
	"unknown-field-by-case":      request(`{"Frames":3}`),
	"unknown-field-by-escape":    request(`{"fr\u0061mes":3}`),
	"unknown-field-is-long":      request(`{"` + strings.Repeat("x", 900) + `":3}`),
	"unknown-field-is-no-text":   request("{\"a\xff\u00e9\\\"b\":3}"),
	"repeated-field":             request(`{"frames":3,"width":9,"frames":3}`),
	"repeated-payload":           request(`{"payload":0,"payload":0}`),
	"frames-negative":            request(`{"frames":-3}`),
	"frames-zero":                request(`{"frames":0}`),
	"frames-minus-zero":          request(`{"frames":-0}`),
	"frames-too-large":           request(`{"frames":1001}`),
	"frames-much-too-large":      request(`{"frames":99999999999999999999999999999999}`),
	"frames-of-64-bits":          request(`{"frames":18446744073709551617}`),
	"frames-much-too-small":      request(`{"frames":-99999999999999999999999999999999}`),
	"delay-negative":             request(`{"delay":-1}`),
	"delay-too-large":            request(`{"delay":65536}`),
	"width-negative":             request(`{"width":-1}`),
	"width-zero":                 request(`{"width":0}`),
	"width-too-large":            request(`{"width":1025}`),
	"height-negative":            request(`{"height":-1}`),
	"height-zero":                request(`{"height":0}`),
	"height-too-large":           request(`{"height":1025}`),
	"allocations-too-large":      request(`{"allocations":2}`),
	"too-many-pixels":            request(`{"frames":17,"width":1024,"height":1024}`),
	"payload-negative":           request(`{"payload":-1}`),
	"payload-too-large":          request(`{"payload":67108865}`),
	"payload-too-short":          slices.Concat(request(`{"frames":2,"width":5,"height":4,"payload":159}`, many(159)...), request(`{"frames":1}`)),
	"payload-too-long":           slices.Concat(request(`{"frames":2,"width":5,"height":4,"payload":161}`, many(161)...), request(`{"frames":1}`)),
	"payload-and-too-large":      slices.Concat(request(`{"frames":2000,"width":5,"height":4,"payload":5000}`, many(5000)...), request(`{"frames":1}`)),
	"payload-without-delay":      slices.Concat(request(`{"frames":3,"delay":0,"width":5,"height":4,"payload":240}`, many(240)...), request(`{"frames":1}`)),
	"payload-missing":            request(`{"frames":1,"width":5,"height":4,"payload":80}`),
	"payload-truncated":          request(`{"frames":3,"delay":4,"width":5,"height":4,"payload":240}`, many(239)...),
	"payload-refused-and-short":  request(`{"frames":3,"delay":4,"width":5,"height":4,"payload":241}`, many(200)...),
	"length-truncated":           {2, 0, 0},
	"header-truncated":           {2, 0, 0, 0, '{'},
	"header-missing":             {2, 0, 0, 0},
	"mistakes-between":           slices.Concat(request(`{"frames":0}`), request(`{"frames":1,"width":3,"height":3}`), request(`{"x":1}`), request(`{"frames":1,"width":3,"height":3}`)),
	"what-follows-last-is-lost":  slices.Concat(request(`{"frames":}`), request(`{}`)),
	"first-of-several-mistakes":  request(`{"width":0,"frames":-1,"x":1}`),
	"mistake-before-no-json":     request(`{"width":0,frames}`),
	"mistake-before-no-number":   slices.Concat(request(`{"width":0,"frames":1.5}`), request(`{}`)),
	"truncated-after-an-answer":  append(request(`{"frames":1,"width":3,"height":3}`), 9, 0),
	"length-of-the-next-missing": append(request(`{"frames":1,"width":3,"height":3}`), 9, 0, 0, 0),
}

func answersTo(t *testing.T, server *Server, input []byte) []answer.Answer {
	t.Helper()
	return answersFrom(t, server, bytes.NewReader(input))
}

func answersFrom(t *testing.T, server *Server, input io.Reader) []answer.Answer {
	t.Helper()
	var output bytes.Buffer
	if err := server.Serve(input, &output); err != nil {
		t.Fatal(err)
	}
	answers, err := answer.All(output.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for number := range answers {
		if answers[number].Allocations != nil {
			// Those of this process, in which others run. What it is in a module is a test there.
			answers[number].Allocations = new(uint64)
		}
	}
	return answers
}

func TestVectors(t *testing.T) {
	var made []vector
	for name, input := range inputs {
		made = append(made, vector{name, answersTo(t, new(Server), input)})
	}
	slices.SortFunc(made, func(one, other vector) int { return strings.Compare(one.Name, other.Name) })
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	list := filepath.Join(vectors, "vectors.json")
	if os.Getenv("REGENERATE") != "" {
		stale, _ := filepath.Glob(filepath.Join(vectors, "*"))
		for _, path := range stale {
			os.Remove(path)
		}
		for name, input := range inputs {
			if err := os.WriteFile(filepath.Join(vectors, name+".request"), input, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(list, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const remedy = "REGENERATE=1 go test ./protocol -run Vectors writes them"
	if committed, err := os.ReadFile(list); err != nil || !bytes.Equal(committed, text) {
		t.Errorf("%s is not what is answered; %s (%v)", list, remedy, err)
	}
	for name, input := range inputs {
		path := filepath.Join(vectors, name+".request")
		if committed, err := os.ReadFile(path); err != nil || !bytes.Equal(committed, input) {
			t.Errorf("%s is not what is asked; %s (%v)", path, remedy, err)
		}
	}
}

func TestHoweverTheInputComes(t *testing.T) {
	for name, input := range inputs {
		if len(input) > 1<<13 {
			continue
		}
		expected := described(answersTo(t, new(Server), input))
		slow := iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(input)))
		if answers := described(answersFrom(t, new(Server), slow)); answers != expected {
			t.Errorf("%s is answered otherwise byte by byte: %s", name, answers)
		}
	}
}

// One server after the other request: nothing is left behind by what went wrong.
func TestOneServerForAll(t *testing.T) {
	server := new(Server)
	for range 2 {
		for name, input := range inputs {
			if one, other := described(answersTo(t, server, input)), described(answersTo(t, new(Server), input)); one != other {
				t.Errorf("%s is answered otherwise after others: %s", name, one)
			}
		}
	}
}

func described(answers []answer.Answer) string {
	text, _ := json.Marshal(answers)
	return string(text)
}
