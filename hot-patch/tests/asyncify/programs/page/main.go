// Callbacks of the page, which run while goroutines wait, and wait themselves.
package main

import (
	"fmt"
	"syscall/js"
	"time"
)

func await(promise js.Value) js.Value {
	done := make(chan js.Value)
	resolve := js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		go func() { done <- arguments[0] }()
		return nil
	})
	defer resolve.Release()
	promise.Call("then", resolve)
	return <-done
}

func main() {
	global := js.Global()
	called := make(chan int)
	callback := js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		number := arguments[0].Int()
		go func() {
			time.Sleep(time.Duration(number) * 5 * time.Millisecond)
			called <- number
		}()
		return number * 2
	})
	defer callback.Release()
	for i := 3; i > 0; i-- {
		fmt.Println("returned", callback.Invoke(i).Int())
		global.Call("setTimeout", callback, 1, i+10)
	}
	sum := 0
	for i := 0; i < 6; i++ {
		sum += <-called
	}
	fmt.Println("sum", sum)
	promise := global.Get("Promise").Call("resolve", 42)
	fmt.Println("awaited", await(promise).Int(), await(global.Get("Promise").Call("resolve", "text")).String())
	object := global.Get("Object").New()
	object.Set("list", []any{1, "two", 3.5, nil, true})
	fmt.Println(global.Get("JSON").Call("stringify", object).String())
}
