// Package query reads the wishes of a request from the query of its address.
package query

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"devserver.dev/examples/gif/animation"
)

// Options are frames, delay, width and height; what is not said is as in animation.Default. The errors have the words
// that the module has for them.
func Options(query url.Values) (animation.Options, error) {
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
