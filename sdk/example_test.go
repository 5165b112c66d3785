package live_test

import (
	"fmt"
	"time"

	"devserver.dev/live"
	"devserver.dev/live/livejson"
)

func Example() {
	count := 0
	live.Keep("count", &count)
	count++
	fmt.Println(count)
	// Output: 1
}

func ExampleAccept() {
	position := 100
	live.Accept(func(data live.Data) {
		position = data.Int("position", position)
	})
	fmt.Println(position)
	// Output: 100
}

func ExampleDispose() {
	position := 100
	live.Dispose(func(data live.Data) {
		data.SetInt("position", position)
	})
}

func ExampleInvalidate() {
	const layout = 2
	live.Accept(func(data live.Data) {
		if data.Int("layout", layout) != layout {
			live.Invalidate("the layout of the canvas changed")
		}
	})
}

func ExampleGeneration() {
	if live.Generation() == 0 {
		fmt.Println("welcome")
	}
	// Output: welcome
}

func ExampleActive() {
	if live.Active() {
		fmt.Println("debug panel on")
	}
	// Output:
}

func ExampleKeep() {
	var (
		name    string
		started = time.Now()
	)
	live.Keep("name", &name)
	live.Keep("started", &started)
}

func ExampleData() {
	zoom, path, title := 1.0, []byte(nil), "untitled"
	live.Accept(func(data live.Data) {
		if !data.Has("zoom") {
			return
		}
		zoom = data.Float("zoom", zoom)
		path = data.Bytes("path", path)
		title = data.String("title", title)
	})
	live.Dispose(func(data live.Data) {
		data.SetFloat("zoom", zoom)
		data.SetBytes("path", path)
		data.SetString("title", title)
		data.SetBool("saved", false)
		data.Delete("preview")
	})
}

func ExampleData_String() {
	live.Accept(func(data live.Data) { fmt.Println(data.String("language", "en")) })
	// Output: en
}

func ExampleData_Int() {
	live.Accept(func(data live.Data) { fmt.Println(data.Int("page", 1)) })
	// Output: 1
}

func ExampleData_Float() {
	live.Accept(func(data live.Data) { fmt.Println(data.Float("zoom", 1.5)) })
	// Output: 1.5
}

func ExampleData_Bool() {
	live.Accept(func(data live.Data) { fmt.Println(data.Bool("sound", true)) })
	// Output: true
}

func ExampleData_Bytes() {
	live.Accept(func(data live.Data) { fmt.Println(len(data.Bytes("pixels", make([]byte, 16)))) })
	// Output: 16
}

func ExampleData_Has() {
	live.Accept(func(data live.Data) { fmt.Println(data.Has("pixels")) })
	// Output: false
}

func ExampleData_Delete() {
	live.Dispose(func(data live.Data) { data.Delete("cache") })
}

func ExampleData_SetString() {
	live.Dispose(func(data live.Data) { data.SetString("language", "en") })
}

func ExampleData_SetInt() {
	live.Dispose(func(data live.Data) { data.SetInt("page", 3) })
}

func ExampleData_SetFloat() {
	live.Dispose(func(data live.Data) { data.SetFloat("zoom", 1.5) })
}

func ExampleData_SetBool() {
	live.Dispose(func(data live.Data) { data.SetBool("sound", true) })
}

func ExampleData_SetBytes() {
	live.Dispose(func(data live.Data) { data.SetBytes("pixels", []byte{255, 255, 255, 0}) })
}

// The whole state of a program in one variable.
func Example_json() {
	state := struct {
		Page int
		Open map[string]bool
	}{Page: 1}
	livejson.Keep("state", &state)
	fmt.Println(state.Page)
	// Output: 1
}
