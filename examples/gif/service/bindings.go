//go:build tinygo

package main

import "unsafe"

// What a generator of bindings would write, for the few functions of wasi:http that the service calls: where the canonical
// ABI of the component model has values lie in memory. Handles are numbers, and belong to whom they are given.

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-request.method
func requestMethod(request uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [method]incoming-request.path-with-query
func requestPath(request uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.0 [method]fields.append
func appendField(fields uint32, name unsafe.Pointer, nameLength uint32, value unsafe.Pointer, valueLength uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [constructor]outgoing-response
func newResponse(fields uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-response.set-status-code
func setStatus(response, status uint32) uint32

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-response.body
func responseBody(response uint32, result unsafe.Pointer)

// setResponse takes result<outgoing-response, error-code>: which of the two, the response, and what only errors have.
//
//go:wasmimport wasi:http/types@0.2.0 [static]response-outparam.set
func setResponse(out, isError, response, error1 uint32, error2 uint64, error3, error4, error5, error6 uint32)

//go:wasmimport wasi:http/types@0.2.0 [method]outgoing-body.write
func bodyStream(body uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.0 [static]outgoing-body.finish
func finishBody(body, hasTrailers, trailers uint32, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [method]output-stream.blocking-write-and-flush
func writeStream(stream uint32, at unsafe.Pointer, length uint32, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.0 [resource-drop]output-stream
func dropStream(stream uint32)

// A returned is a variant, whose case is a byte: what comes with it lies behind that. No other result is as long as that of
// finish, an error with all that it may have.
type returned struct {
	kind uint8
	// A handle, or where a text lies.
	value  uint32
	length uint32
	_      [5]uint64
}

func (returned *returned) text() string {
	return unsafe.String((*byte)(unsafe.Pointer(uintptr(returned.value))), returned.length)
}

type request uint32

var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

func (request request) method() string {
	var returned returned
	requestMethod(uint32(request), unsafe.Pointer(&returned))
	if int(returned.kind) < len(methods) {
		return methods[returned.kind]
	}
	return returned.text()
}

// pathWithQuery is empty when there is none.
func (request request) pathWithQuery() string {
	var returned returned
	requestPath(uint32(request), unsafe.Pointer(&returned))
	if returned.kind == 0 {
		return ""
	}
	return returned.text()
}

type header struct{ name, value string }

// longestWrite is the most that blocking-write-and-flush takes at once.
const longestWrite = 4096

// respond sets the response, and writes its body. A body that nobody reads any more is given up.
func respond(out uint32, status uint32, body []byte, headers ...header) {
	var returned returned
	fields := newFields()
	for _, header := range headers {
		appendField(fields, unsafe.Pointer(unsafe.StringData(header.name)), uint32(len(header.name)),
			unsafe.Pointer(unsafe.StringData(header.value)), uint32(len(header.value)), unsafe.Pointer(&returned))
	}
	response := newResponse(fields)
	setStatus(response, status)
	responseBody(response, unsafe.Pointer(&returned))
	written := returned.value
	setResponse(out, 0, response, 0, 0, 0, 0, 0, 0)
	bodyStream(written, unsafe.Pointer(&returned))
	stream := returned.value
	for len(body) > 0 {
		part := body[:min(len(body), longestWrite)]
		writeStream(stream, unsafe.Pointer(unsafe.SliceData(part)), uint32(len(part)), unsafe.Pointer(&returned))
		if returned.kind != 0 {
			break
		}
		body = body[len(part):]
	}
	dropStream(stream)
	finishBody(written, 0, 0, unsafe.Pointer(&returned))
}
