// Package handler answers requests with the animation, in the ways that the story goes through.
package handler

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"devserver.dev/examples/gif/animation"
)

const contentType = "image/gif"

// optionsOf reads frames, delay, width and height from the address. What it refuses it has answered, in the words that the
// module has for it.
func optionsOf(response http.ResponseWriter, request *http.Request) (animation.Options, bool) {
	options, err := parse(request.URL.Query())
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return options, false
	}
	return options, true
}

func parse(query url.Values) (animation.Options, error) {
	options := animation.Default
	// In one order, so that of several mistakes the same one is told each time.
	for _, field := range slices.Sorted(maps.Keys(query)) {
		values := query[field]
		if len(values) > 1 {
			return options, errors.New(field + " is there twice")
		}
		number, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			return options, errors.New(field + " is no whole number")
		}
		if problem := options.Set(field, number); problem.Kind != animation.None {
			return options, problem
		}
	}
	if problem := options.Check(); problem.Kind != animation.None {
		return options, problem
	}
	return options, nil
}
