// Package handler answers requests with the animation, in the ways that the story goes through.
package handler

import (
	"net/http"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/query"
)

const contentType = "image/gif"

// optionsOf reads frames, delay, width and height from the address. What it refuses it has answered, in the words that the
// module has for it.
func optionsOf(response http.ResponseWriter, request *http.Request) (animation.Options, bool) {
	options, err := query.Options(request.URL.Query())
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return options, false
	}
	return options, true
}
