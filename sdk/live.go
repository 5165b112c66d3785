// Package live lets a program keep its state while dev-server replaces its code.
//
// When the source changes in a way that a running module cannot take, dev-server starts the new build beside the old
// one: the old instance writes what matters into a [Data], the new instance reads it and takes the page over. The
// contract is that of import.meta.hot in JavaScript tools. In most programs one call for each variable is all there
// is to write:
//
//	var count int
//
//	func main() {
//		live.Keep("count", &count)
//		// build the page, start goroutines
//		select {}
//	}
//
// A program that calls neither [Accept] nor [Keep] is replaced by a reload of the page.
//
// Without dev-server, on a published page or in a build for another system, every function here is safe to call and
// does nothing, except that [Accept] runs its function with empty data. No build tags are needed in programs that use
// this package. It works on a page and in a dedicated worker, under Go and under TinyGo, and costs a few kilobytes.
package live

var (
	accepting []func(Data)
	disposing []func(Data)
	patching  []func([]string)
)

// Accept says that this program can take over from the instance before it, and runs takeOver at once with what that
// instance handed over; the data is empty the first time. Call it from main or from an init function, before the
// program first waits for something.
//
// If the next build fails while it starts, this instance gets the page back: every function given to Accept is then
// run again, with the data that the functions given to [Dispose] have just written. A function that starts something
// which Dispose has stopped is therefore right in both cases.
//
// takeOver must not block. Accept may be called several times, for instance once in each package.
func Accept(takeOver func(Data)) {
	if !Active() {
		takeOver(Data{})
		return
	}
	accepting = append(accepting, takeOver)
	announce()
	takeOver(handedOver())
}

// Dispose registers what runs on this instance just before the next one starts: it writes into data what is to live
// on. Timers, goroutines, listeners and callbacks of this instance need no attention, dev-server ends them; an object
// of the page that must go on, such as an open WebSocket, is handed over with [Data.SetObject].
//
// Functions run in the order in which they were registered, and must not block. They may run more than once, see
// [Accept].
func Dispose(handOver func(data Data)) {
	if !Active() {
		return
	}
	disposing = append(disposing, handOver)
	listenForDisposal()
}

// OnPatch registers what runs each time that functions of this instance were replaced while it runs: nothing is handed
// over then, every variable is as it was, and the next call of a function is the new one. What the old code has drawn
// stays until it is drawn again, which is what patched is for. It gets the full names of the functions, such as
// main.render, and must not block.
//
// A JavaScript handler is registered with devServer.hot.onPatch.
func OnPatch(patched func(functions []string)) {
	if !Active() {
		return
	}
	patching = append(patching, patched)
	listenForPatches()
}

// Invalidate asks for a reload of the page, because this program finds that it cannot go on from the state it has.
// The reason is shown to the developer.
func Invalidate(reason string) {
	if Active() {
		invalidate(reason)
	}
}

// Generation is the number of instances that ran on this page before this one: 0 after a load of the page.
func Generation() int {
	if !Active() {
		return 0
	}
	return generation()
}

// Active tells whether dev-server runs this program. It is false on a published page.
func Active() bool {
	return connected()
}

func runAccepting(data Data) {
	for _, takeOver := range accepting {
		takeOver(data)
	}
}

func runPatching(functions []string) {
	for _, patched := range patching {
		patched(functions)
	}
}

func runDisposing(data Data) {
	for _, handOver := range disposing {
		handOver(data)
	}
}
