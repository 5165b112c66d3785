// Package answer takes the answers of the memory-buffer protocol apart, as a host does.
package answer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Answer is one of them, with what tells its payload from others.
type Answer struct {
	Status int    `json:"status"`
	Type   string `json:"type"`
	// Of a GIF.
	Frames      int     `json:"frames,omitempty"`
	Delay       int     `json:"delay,omitempty"`
	Width       int     `json:"width,omitempty"`
	Height      int     `json:"height,omitempty"`
	Allocations *uint64 `json:"allocations,omitempty"`
	SHA256      string  `json:"sha256,omitempty"`
	// Of anything else.
	Error string `json:"error,omitempty"`
	Text  string `json:"text,omitempty"`
	Last  bool   `json:"last,omitempty"`

	Payload int    `json:"payload"`
	GIF     []byte `json:"-"`
}

// All takes a stream of answers apart, of which nothing may be left.
func All(stream []byte) ([]Answer, error) {
	answers := []Answer{}
	for len(stream) > 0 {
		if len(stream) < 4 {
			return answers, fmt.Errorf("a length of %d bytes", len(stream))
		}
		length := int(binary.LittleEndian.Uint32(stream))
		if len(stream)-4 < length {
			return answers, fmt.Errorf("a header of %d bytes, of which there are %d", length, len(stream)-4)
		}
		header, rest := stream[4:4+length], stream[4+length:]
		var read Answer
		decoder := json.NewDecoder(bytes.NewReader(header))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&read); err != nil {
			return answers, fmt.Errorf("a header of %q: %w", header, err)
		}
		if len(rest) < read.Payload {
			return answers, fmt.Errorf("a payload of %d bytes, of which there are %d", read.Payload, len(rest))
		}
		read.take(rest[:read.Payload])
		answers = append(answers, read)
		stream = rest[read.Payload:]
	}
	return answers, nil
}

func (a *Answer) take(payload []byte) {
	if a.Status == 200 {
		sum := sha256.Sum256(payload)
		a.GIF, a.SHA256 = payload, hex.EncodeToString(sum[:])
	} else {
		a.Text = string(payload)
	}
}
