package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
)

// longestRequest is far above what the text of a program comes to.
const longestRequest = 64 << 20

// frames are messages with four bytes of length in front, little endian.
type frames struct {
	input  *bufio.Reader
	output io.Writer
}

// read fills message; the error is io.EOF at the end of the input.
func (f *frames) read(message proto.Message) error {
	var head [4]byte
	if _, err := io.ReadFull(f.input, head[:]); err != nil {
		return err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length > longestRequest {
		return fmt.Errorf("a request of %d bytes is not one", length)
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(f.input, content); err != nil {
		return err
	}
	return proto.Unmarshal(content, message)
}

func (f *frames) write(message proto.Message) error {
	content, err := proto.MarshalOptions{}.MarshalAppend(make([]byte, 4), message)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(content, uint32(len(content)-4))
	_, err = f.output.Write(content)
	return err
}
