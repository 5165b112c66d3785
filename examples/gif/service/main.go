//go:build tinygo

// Service is the animation as a component that answers requests of HTTP itself, one in each run:
//
//	dev-server serve --host-module examples/gif/service --host-target wasip2 --route /gif
package main

import (
	"net/url"
	"strconv"
	"strings"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/query"
)

func main() {}

//go:wasmexport wasi:http/incoming-handler@0.2.0#handle
func handle(asked, out uint32) {
	request := request(asked)
	if method := request.method(); method != "GET" && method != "HEAD" {
		respond(out, 405, []byte("Method Not Allowed\n"), header{"content-type", "text/plain; charset=utf-8"}, header{"allow", "GET, HEAD"})
		return
	}
	_, text, _ := strings.Cut(request.pathWithQuery(), "?")
	values, err := url.ParseQuery(text)
	var options animation.Options
	if err == nil {
		options, err = query.Options(values)
	}
	if err != nil {
		respond(out, 400, []byte(err.Error()+"\n"), header{"content-type", "text/plain; charset=utf-8"})
		return
	}
	gif := new(animation.Generator).Generate(options)
	respond(out, 200, gif, header{"content-type", "image/gif"}, header{"content-length", strconv.Itoa(len(gif))})
}
