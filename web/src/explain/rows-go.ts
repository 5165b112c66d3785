//! How programs of Go go down: panics, fatal errors and ends. The texts are those of the runtimes of both compilers.

import { client, go, links, type Row, tinygo } from "./row.js";

export const goRows: readonly Row[] = [
  {
    code: "go/nil-pointer",
    title: "A nil pointer was used",
    texts: [
      go(
        /invalid memory address or nil pointer dereference/,
        "runtime error: invalid memory address or nil pointer dereference",
      ),
      tinygo(/nil pointer dereference/, "runtime error: nil pointer dereference"),
    ],
    cause: "A field, element or method was asked of a pointer, interface or function that is nil.",
    remedy:
      "Look at the first line of your own in the stack: one of the values there was never set, or a lookup failed.",
    link: links.panics,
  },
  {
    code: "go/nil-map",
    title: "Something was written into a nil map",
    texts: [
      go(/assignment to entry in nil map/, "assignment to entry in nil map"),
      tinygo(/assignment to entry in nil map/, "assignment to entry in nil map"),
    ],
    cause: "The map was declared but never made; reading from it works, writing does not.",
    remedy: "Make it before: `m = make(map[K]V)` or `m = map[K]V{}`.",
    link: links.maps,
  },
  {
    code: "go/index",
    title: "An index lies outside",
    texts: [
      go(/index out of range/, "runtime error: index out of range [5] with length 3"),
      tinygo(/index out of range/, "runtime error: index out of range"),
    ],
    cause: "A slice, array or string has fewer elements than the index says; the message of Go names both.",
    remedy: "Compare with `len` before, or look why there are fewer than expected.",
    link: links.index,
  },
  {
    code: "go/slice",
    title: "The bounds of a slice expression lie outside",
    texts: [
      go(/slice bounds out of range/, "runtime error: slice bounds out of range [:5] with capacity 3"),
      tinygo(/slice out of range/, "runtime error: slice out of range"),
    ],
    cause: "In `s[low:high]` a bound is negative, beyond the capacity, or low is larger than high.",
    remedy: "Limit the bounds with `min(high, len(s))`.",
    link: links.slices,
  },
  {
    code: "go/make-size",
    title: "A slice, map or channel of an impossible size was made",
    texts: [
      go(
        /makeslice: (?:len|cap) out of range|makechan: size out of range/,
        "runtime error: makeslice: len out of range",
      ),
      tinygo(/new channel is too big/, "runtime error: new channel is too big"),
    ],
    cause: "The size given to `make` is negative or larger than memory.",
    remedy: "Look where the size comes from; a number read from a text or from JavaScript has to be tested.",
    link: links.make,
  },
  {
    code: "go/divide-by-zero",
    title: "An integer was divided by zero",
    texts: [
      go(/integer divide by zero/, "runtime error: integer divide by zero"),
      tinygo(/divide by zero/, "runtime error: divide by zero"),
    ],
    cause: "The right operand of `/` or `%` was 0.",
    remedy: "Test it before.",
    link: links.integers,
  },
  {
    code: "go/type-assertion",
    title: "A value is not of the type that was asserted",
    texts: [
      go(/interface conversion: /, "interface conversion: interface {} is string, not int"),
      tinygo(/type assert failed/, "runtime error: type assert failed"),
    ],
    cause: "`value.(T)` was asked of an interface that holds something else, or nothing.",
    remedy: "Ask with `value, ok := x.(T)`, or with a type switch.",
    link: links.assertions,
  },
  {
    code: "go/uncomparable",
    title: "Values were compared, or used as keys, that cannot be compared",
    texts: [
      go(
        /hash of unhashable type|comparing uncomparable type/,
        "runtime error: hash of unhashable type []int",
      ),
      tinygo(
        /hash of unhashable type|comparing un-comparable type/,
        "runtime error: hash of unhashable type",
      ),
    ],
    cause:
      "An interface held a slice, map or function, and was compared with `==` or used as a key of a map.",
    remedy: "Use a key that can be compared, such as a text or a struct of plain fields.",
    link: links.comparison,
  },
  {
    code: "go/channel",
    title: "A channel was used after it was closed",
    texts: [
      go(/send on closed channel|close of (?:closed|nil) channel/, "send on closed channel"),
      tinygo(/send on closed channel|close of (?:closed|nil) channel/, "send on closed channel"),
    ],
    cause:
      "Only the sender knows when a channel ends: it was closed twice, closed when nil, or closed under somebody who sends.",
    remedy: "Close it in one place, by the goroutine that sends, after the last value.",
    link: links.channels,
  },
  {
    code: "go/wait-group",
    title: "A lock or wait group was released more often than taken",
    texts: [
      go(
        /unlock of unlocked mutex|Unlock of unlocked RWMutex|negative WaitGroup counter/,
        "fatal error: sync: unlock of unlocked mutex",
      ),
      tinygo(
        /unlock of unlocked [Mm]utex|[Uu]nlock of unlocked RWMutex|negative WaitGroup counter/,
        "sync: unlock of unlocked Mutex",
      ),
    ],
    cause: "`Unlock` or `Done` was called without its `Lock` or `Add`.",
    remedy:
      "Write `defer mutex.Unlock()` right behind `mutex.Lock()`, and `Add` before the goroutine starts.",
    link: links.waitGroup,
  },
  {
    code: "go/deadlock",
    title: "Every goroutine waits",
    texts: [
      go(/all goroutines are asleep - deadlock!/, "fatal error: all goroutines are asleep - deadlock!"),
      tinygo(/deadlock/, "all goroutines are asleep - deadlock!"),
    ],
    cause:
      "Nobody is left who could wake them: a `js.Func` waits for something that only the page's event loop could bring, or a channel has no other side.",
    remedy: "In a `js.Func`, do what waits in a goroutine of its own: `go func() { ... }()`.",
    link: links.functions,
  },
  {
    code: "go/blocking",
    title: "An exported function waits",
    texts: [
      tinygo(
        /go:wasmexport function did not finish|blocking operation in exported function/,
        "runtime error: //go:wasmexport function did not finish",
      ),
    ],
    cause:
      "JavaScript called the function and waits for its result, so it cannot wait for a channel, a lock or a sleep.",
    remedy:
      "Do what waits in a goroutine of its own, and tell the page afterwards by calling a function of it.",
    link: links.directives,
  },
  {
    code: "go/out-of-memory",
    title: "The program has used all its memory",
    texts: [
      go(/out of memory|cannot allocate memory/, "fatal error: out of memory"),
      tinygo(/out of memory/, "runtime error: out of memory"),
    ],
    cause:
      "The browser gives a module at most 4 GiB, often less; something was made too large, or is kept for ever.",
    remedy: "Look at pages and heap in the inspector over some saves; release `js.Func`s and cut caches.",
    link: links.memory,
  },
  {
    code: "go/stack-overflow",
    title: "Calls go too deep",
    texts: [
      go(/stack overflow|goroutine stack exceeds/, "fatal error: stack overflow"),
      tinygo(/stack overflow/, "goroutine stack overflow"),
    ],
    cause: "A function calls itself without an end; with TinyGo a goroutine has a small stack of fixed size.",
    remedy:
      "Look at the function that is repeated in the stack; with TinyGo `-stack-size=64kb` gives goroutines more.",
    link: links.stackLimit,
  },
  {
    code: "go/js-value",
    title: "A JavaScript value is not what the program takes it for",
    texts: [
      go(/syscall\/js: call of .* on |syscall\/js: Value/, "syscall/js: call of Value.Get on undefined"),
      tinygo(/syscall\/js: call of .* on /, "syscall/js: call of Value.Get on undefined"),
    ],
    cause: "A property that does not exist is `undefined`, and that has no properties, methods or number.",
    remedy:
      "Test with `IsUndefined()` or `Truthy()` before; look at the name in `Get` and at `getElementById`.",
    link: links.values,
  },
  {
    code: "go/js-error",
    title: "JavaScript threw an error into the program",
    texts: [
      go(/^JavaScript error: /, "JavaScript error: document.querySelectorAll is not a function"),
      tinygo(/^JavaScript error: /, "JavaScript error: document.querySelectorAll is not a function"),
    ],
    cause: "A method or constructor that was called with `Call`, `Invoke` or `New` threw.",
    remedy: "Correct the call; or catch it with `recover`, which gets a `js.Error`.",
    link: links.jsError,
  },
  {
    code: "go/exit",
    title: "The program has ended with an error",
    texts: [client("exit", /^exit code \d+/, "exit code 3")],
    cause: "It called `os.Exit` or `log.Fatal`, or its runtime gave up without a word.",
    remedy: "Read what it printed last; return from `main` instead of `os.Exit`.",
    link: links.exit,
  },
  {
    code: "go/panic",
    title: "The program panicked",
    texts: [go(/^/, "the score is negative"), tinygo(/^/, "the score is negative")],
    cause: "It called `panic` itself, or a package that it uses did, with the message above.",
    remedy:
      "The stack names the line; return an error where the caller can go on, or `recover` in a deferred function.",
    link: links.handlingPanics,
  },
];
