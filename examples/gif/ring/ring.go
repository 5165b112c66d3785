// Package ring is a few buffers that frames go through: made once, filled and read in place, used again.
package ring

import (
	"context"
	"sync"

	"devserver.dev/examples/gif/encoder"
)

// Ring is a number of buffers of the same size, in one piece of memory.
type Ring struct {
	slots [][]byte
}

// New makes the ring; nothing is allocated afterwards.
func New(slots, size int) *Ring {
	// Each slot has lines of the cache of its own: who fills one does not slow down who reads the next.
	stride := encoder.AlignedSize(size)
	memory := encoder.Aligned(slots * stride)
	ring := &Ring{slots: make([][]byte, slots)}
	for number := range ring.slots {
		from := number * stride
		ring.slots[number] = memory[from : from+size : from+size]
	}
	return ring
}

// Slots is how many frames the ring holds.
func (r *Ring) Slots() int {
	return len(r.slots)
}

// Slot is where a frame lies: those that are as many frames apart as there are slots share one.
func (r *Ring) Slot(frame int) []byte {
	return r.slots[frame%len(r.slots)]
}

// Fill writes a frame into its slot. It ends early when the context does.
type Fill func(ctx context.Context, frame int, slot []byte) error

// Use reads a frame in its slot, which is filled anew when it returns.
type Use func(frame int, slot []byte) error

// Produce fills frames on one goroutine for each slot, and uses them one after the other on this one. A slot is filled
// anew only when its frame was used, so that nothing is copied and producers are never further ahead than the ring is
// long. It returns the first error in the order of frames, or why the context ended; and only when all producers have.
func (r *Ring) Produce(ctx context.Context, frames int, fill Fill, use Use) error {
	ctx, stop := context.WithCancel(ctx)
	lanes := make([]lane, min(len(r.slots), frames))
	var producers sync.WaitGroup
	// In this order: producers that wait for a slot are told to stop, then they are waited for.
	defer producers.Wait()
	defer stop()
	for number := range lanes {
		lanes[number] = lane{filled: make(chan error), used: make(chan struct{}, 1)}
		producers.Add(1)
		go func() {
			defer producers.Done()
			lanes[number].produce(ctx, r, number, frames, fill)
		}()
	}
	for frame := range frames {
		lane := &lanes[frame%len(lanes)]
		select {
		case err := <-lane.filled:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := use(frame, r.Slot(frame)); err != nil {
			return err
		}
		// There is room: its producer has waited for the one before.
		lane.used <- struct{}{}
	}
	return nil
}

// lane is what a producer and the consumer tell each other about one slot.
type lane struct {
	filled chan error
	used   chan struct{}
}

func (l *lane) produce(ctx context.Context, ring *Ring, first, frames int, fill Fill) {
	for frame := first; frame < frames; frame += len(ring.slots) {
		err := fill(ctx, frame, ring.Slot(frame))
		select {
		case l.filled <- err:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case <-l.used:
		case <-ctx.Done():
			return
		}
	}
}
