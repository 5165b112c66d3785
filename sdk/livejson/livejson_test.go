package livejson_test

import (
	"fmt"

	"devserver.dev/live"
	"devserver.dev/live/livejson"
)

type viewport struct {
	Zoom   float64
	Layers []string
}

func ExampleKeep() {
	view := viewport{Zoom: 1, Layers: []string{"base"}}
	livejson.Keep("view", &view)
	fmt.Println(view.Zoom, view.Layers)
	// Output: 1 [base]
}

func ExampleGet() {
	view := viewport{Zoom: 1}
	live.Accept(func(data live.Data) {
		found, err := livejson.Get(data, "view", &view)
		fmt.Println(found, err, view.Zoom)
	})
	// Output: false <nil> 1
}

func ExampleSet() {
	view := viewport{Zoom: 2}
	live.Dispose(func(data live.Data) {
		if err := livejson.Set(data, "view", view); err != nil {
			fmt.Println(err)
		}
	})
}
