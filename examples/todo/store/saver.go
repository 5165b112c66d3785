package store

import (
	"time"

	"devserver.dev/examples/todo/model"
)

// Storage holds one text under a name.
type Storage interface {
	// Read returns an empty text if there is none.
	Read() (string, error)
	Write(text string) error
}

// Load reads the document of a storage; an empty storage holds an empty document.
func Load(storage Storage) (model.Document, error) {
	text, err := storage.Read()
	if err != nil || text == "" {
		return model.Document{}, err
	}
	return Decode(text)
}

// Saver writes documents behind the back of whoever changes them, once there is a pause.
type Saver struct {
	storage Storage
	after   func(time.Duration) <-chan time.Time
	// Holds the newest document only: a full channel is emptied first, so nobody ever waits. Never closed.
	waiting chan model.Document
}

// A pause between two words of somebody who types.
const pause = 300 * time.Millisecond

// NewSaver returns a saver that waits by means of after, as time.After does.
func NewSaver(storage Storage, after func(time.Duration) <-chan time.Time) *Saver {
	return &Saver{storage, after, make(chan model.Document, 1)}
}

// Save has the document written soon. It must be called from one goroutine.
func (s *Saver) Save(document model.Document) {
	select {
	case <-s.waiting:
	default:
	}
	s.waiting <- document
}

// Run writes for ever and tells after each time how it went.
func (s *Saver) Run(written func(error)) {
	for document := range s.waiting {
		document = s.settled(document)
		text, err := Encode(document)
		if err == nil {
			err = s.storage.Write(text)
		}
		written(err)
	}
}

func (s *Saver) settled(document model.Document) model.Document {
	for {
		select {
		case document = <-s.waiting:
		case <-s.after(pause):
			return document
		}
	}
}
