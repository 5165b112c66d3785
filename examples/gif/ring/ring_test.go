package ring

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"unsafe"
)

func TestSlotsAreAlignedAndApart(t *testing.T) {
	for _, size := range []int{1, 63, 64, 65, 19_200} {
		r := New(3, size)
		for number := range 3 {
			slot := r.Slot(number)
			if len(slot) != size || cap(slot) != size || uintptr(unsafe.Pointer(&slot[0]))%64 != 0 {
				t.Errorf("slot %d: %d bytes, room for %d, at %p", number, len(slot), cap(slot), slot)
			}
			if other := r.Slot(number + 3); &other[0] != &slot[0] {
				t.Errorf("frame %d lies elsewhere than frame %d", number+3, number)
			}
			for place := range slot {
				slot[place] = byte(number)
			}
		}
		for number := range 3 {
			if slot := r.Slot(number); slices.ContainsFunc(slot, func(value byte) bool { return value != byte(number) }) {
				t.Errorf("slot %d of %d bytes lies over another", number, size)
			}
		}
	}
}

// fill writes the number of the frame.
func fill(_ context.Context, frame int, slot []byte) error {
	for place := range slot {
		slot[place] = byte(frame)
	}
	return nil
}

func TestFramesComeInOrderAndInPlace(t *testing.T) {
	for _, slots := range []int{1, 2, 3, 8} {
		for _, frames := range []int{0, 1, 2, 7, 200} {
			r := New(slots, 100)
			used := 0
			err := r.Produce(context.Background(), frames, fill, func(frame int, slot []byte) error {
				if frame != used || &slot[0] != &r.Slot(frame)[0] {
					t.Errorf("frame %d as number %d", frame, used)
				}
				if slices.ContainsFunc(slot, func(value byte) bool { return value != byte(frame) }) {
					t.Errorf("frame %d was overwritten", frame)
				}
				used++
				return nil
			})
			if err != nil || used != frames {
				t.Errorf("%d slots: %d of %d frames, %v", slots, used, frames, err)
			}
		}
	}
}

// Whoever stops, and whenever: Produce returns when all its goroutines have ended, and says why.
func TestProducersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	wrong := errors.New("wrong")
	// A consumer that has seen enough.
	for enough := range 9 {
		err := New(3, 10).Produce(context.Background(), 1000, fill, func(frame int, _ []byte) error {
			if frame == enough {
				return wrong
			}
			return nil
		})
		expectEnd(t, err, wrong, before)
	}
	// A producer that cannot go on.
	for last := range 9 {
		used := 0
		err := New(3, 10).Produce(context.Background(), 1000, func(ctx context.Context, frame int, slot []byte) error {
			if frame == last {
				return wrong
			}
			return fill(ctx, frame, slot)
		}, func(int, []byte) error {
			used++
			return nil
		})
		expectEnd(t, err, wrong, before)
		if used != last {
			t.Errorf("%d frames before number %d", used, last)
		}
	}
	// A context that ends: before, while frames are used, and while a producer waits for it.
	ctx, stop := context.WithCancelCause(context.Background())
	stop(wrong)
	expectEnd(t, New(3, 10).Produce(ctx, 1000, fill, func(int, []byte) error { return nil }), wrong, before)

	ctx, stop = context.WithCancelCause(context.Background())
	expectEnd(t, New(3, 10).Produce(ctx, 1000, fill, func(frame int, _ []byte) error {
		if frame == 5 {
			stop(wrong)
		}
		return nil
	}), wrong, before)

	ctx, stop = context.WithCancelCause(context.Background())
	expectEnd(t, New(3, 10).Produce(ctx, 1000, func(ctx context.Context, frame int, slot []byte) error {
		if frame == 4 {
			stop(wrong)
		}
		if frame >= 4 {
			<-ctx.Done()
			return context.Cause(ctx)
		}
		return fill(ctx, frame, slot)
	}, func(int, []byte) error { return nil }), wrong, before)
}

func expectEnd(t *testing.T, err, expected error, goroutines int) {
	t.Helper()
	if !errors.Is(err, expected) {
		t.Errorf("ended with %v", err)
	}
	// A goroutine has done all that it does before it stops being counted.
	for range 1000 {
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines instead of %d", runtime.NumGoroutine(), goroutines)
}

func TestMoreFramesAllocateNoMore(t *testing.T) {
	r := New(3, 100)
	use := func(int, []byte) error { return nil }
	of := func(frames int) float64 {
		return testing.AllocsPerRun(20, func() { r.Produce(context.Background(), frames, fill, use) })
	}
	// The runtime itself has to make room now and then for goroutines that wait.
	if few, many := of(10), of(1010); many > few+5 {
		t.Errorf("%v allocations for 10 frames, %v for 1010", few, many)
	}
}
