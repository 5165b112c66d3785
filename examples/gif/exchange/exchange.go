// Package exchange answers one request of HTTP that is told as bytes: a length of 4 bytes (little-endian), a header in JSON,
// and the body. The answer has the same form.
package exchange

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/query"
)

// LongestHeader is the most bytes that a header may have.
const LongestHeader = 65_536

type request struct {
	Method string `json:"method"`
	Query  string `json:"query"`
}

// Serve reads a request to its end and writes the answer. It fails when the streams do, or when what it reads is no request;
// what is wrong with the request is an answer.
func Serve(requests io.Reader, answers io.Writer) error {
	asked, err := read(requests)
	if err != nil {
		return err
	}
	if asked.Method != "GET" && asked.Method != "HEAD" {
		return write(answers, 405, "text/plain; charset=utf-8", []byte("Method Not Allowed\n"), [2]string{"allow", "GET, HEAD"})
	}
	values, err := url.ParseQuery(asked.Query)
	var options animation.Options
	if err == nil {
		options, err = query.Options(values)
	}
	if err != nil {
		return write(answers, 400, "text/plain; charset=utf-8", []byte(err.Error()+"\n"))
	}
	return write(answers, 200, "image/gif", new(animation.Generator).Generate(options))
}

func read(requests io.Reader) (asked request, err error) {
	var length [4]byte
	if _, err := io.ReadFull(requests, length[:]); err != nil {
		return asked, fmt.Errorf("the length of the header: %w", err)
	}
	size := binary.LittleEndian.Uint32(length[:])
	if size > LongestHeader {
		return asked, fmt.Errorf("a header of %d bytes; it may have at most %d", size, LongestHeader)
	}
	header := make([]byte, size)
	if _, err := io.ReadFull(requests, header); err != nil {
		return asked, fmt.Errorf("the header: %w", err)
	}
	if err := json.Unmarshal(header, &asked); err != nil {
		return asked, fmt.Errorf("the header: %w", err)
	}
	if asked.Method == "" {
		return asked, errors.New("the header has no method")
	}
	return asked, nil
}

func write(answers io.Writer, status int, contentType string, body []byte, more ...[2]string) error {
	header := []byte(`{"status":` + strconv.Itoa(status) + `,"headers":[["content-type",` + strconv.Quote(contentType) + `]`)
	for _, field := range more {
		header = append(header, `,[`+strconv.Quote(field[0])+`,`+strconv.Quote(field[1])+`]`...)
	}
	header = append(header, `]}`...)
	head := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(header)), uint32(len(header)))
	if _, err := answers.Write(append(head, header...)); err != nil {
		return err
	}
	_, err := answers.Write(body)
	return err
}
