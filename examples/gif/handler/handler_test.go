package handler

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"devserver.dev/examples/gif/compare"
)

var handlers = map[string]http.HandlerFunc{"plain": Plain, "pooled": Pooled, "tuned": Tuned, "parallel": Parallel}

func ask(handler http.HandlerFunc, query string) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	handler(response, httptest.NewRequest(http.MethodGet, "/animation?"+query, nil))
	return response
}

func TestAllShowTheSame(t *testing.T) {
	// The larger one first, so that buffers of the pools are too large for the next.
	for _, query := range []string{
		"frames=5&delay=3&width=200&height=150", "", "frames=1&delay=0&width=1&height=1", "frames=30&width=20&height=90",
	} {
		plain := ask(Plain, query)
		for name, handler := range handlers {
			response := ask(handler, query)
			if response.Code != http.StatusOK || response.Header().Get("Content-Type") != "image/gif" {
				t.Fatalf("%s?%s: %d %v", name, query, response.Code, response.Header())
			}
			difference, err := compare.GIFs(plain.Body.Bytes(), response.Body.Bytes())
			if err != nil || difference.Part() > compare.Tolerated {
				t.Errorf("%s?%s: %+v, %v", name, query, difference, err)
			}
			length := response.Header().Get("Content-Length")
			if name != "plain" && length != strconv.Itoa(response.Body.Len()) {
				t.Errorf("%s?%s: a length of %s for %d bytes", name, query, length, response.Body.Len())
			}
		}
		if pooled, tuned := ask(Pooled, query), ask(Tuned, query); !bytes.Equal(pooled.Body.Bytes(), tuned.Body.Bytes()) {
			t.Errorf("%s: the encoders write different bytes", query)
		}
	}
}

func TestRefusesWhatCannotBe(t *testing.T) {
	for query, words := range map[string]string{
		"frames=0":                          "frames has to be at least 1",
		"frames=1001":                       "frames may be at most 1000",
		"frames=-1":                         "frames is negative",
		"frames=ten":                        "frames is no whole number",
		"frames=99999999999999999999":       "frames is no whole number",
		"frames=1&frames=2":                 "frames is there twice",
		"delay=65536":                       "delay may be at most 65535",
		"width=1025":                        "width may be at most 1024",
		"height=0":                          "height has to be at least 1",
		"colour=1":                          "colour is no field",
		"frames=17&width=1024&height=1024":  "all frames together have 17825792 pixels; at most 16777216 are allowed",
		"frames=1001&height=-1&width=-1":    "frames may be at most 1000",
		"frames=1000&width=1000&height=100": "all frames together have 100000000 pixels; at most 16777216 are allowed",
	} {
		for name, handler := range handlers {
			response := ask(handler, query)
			if response.Code != http.StatusBadRequest || strings.TrimSpace(response.Body.String()) != words {
				t.Errorf("%s?%s: %d %q", name, query, response.Code, response.Body)
			}
		}
	}
}

func TestParallelStopsWhenTheClientIsGone(t *testing.T) {
	ctx, leave := context.WithCancel(context.Background())
	leave()
	response := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/?frames=1000&width=100&height=100", nil).WithContext(ctx)
	Parallel(response, request)
	if response.Body.Len() > 0 {
		t.Errorf("%d bytes for nobody", response.Body.Len())
	}
}

func benchmark(b *testing.B, handler http.HandlerFunc) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	b.ReportAllocs()
	for range b.N {
		handler(discard{http.Header{}}, request)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header             { return d.header }
func (d discard) Write(bytes []byte) (int, error) { return len(bytes), nil }
func (d discard) WriteHeader(int)                 {}

func BenchmarkPlain(b *testing.B)    { benchmark(b, Plain) }
func BenchmarkPooled(b *testing.B)   { benchmark(b, Pooled) }
func BenchmarkTuned(b *testing.B)    { benchmark(b, Tuned) }
func BenchmarkParallel(b *testing.B) { benchmark(b, Parallel) }
