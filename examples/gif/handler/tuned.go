package handler

import (
	"net/http"
	"sync"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/parallel"
)

// Tuned does without image/gif: it is the code of the module, in a handler. What a module costs beyond its code is the
// difference between the two.
func Tuned(response http.ResponseWriter, request *http.Request) {
	options, ok := optionsOf(response, request)
	if !ok {
		return
	}
	generator := generators.Get().(*animation.Generator)
	defer generators.Put(generator)
	send(response, generator.Generate(options))
}

var generators = sync.Pool{New: func() any { return new(animation.Generator) }}

// Parallel draws the next frames while this one is encoded, and stops when the client goes away.
func Parallel(response http.ResponseWriter, request *http.Request) {
	options, ok := optionsOf(response, request)
	if !ok {
		return
	}
	generator := parallelGenerators.Get().(*parallel.Generator)
	defer parallelGenerators.Put(generator)
	gif, err := generator.Generate(request.Context(), options)
	if err != nil {
		// Nobody is there to be told.
		return
	}
	send(response, gif)
}

var parallelGenerators = sync.Pool{New: func() any { return new(parallel.Generator) }}
