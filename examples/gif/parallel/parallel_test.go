package parallel

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"devserver.dev/examples/gif/animation"
)

func TestIsWhatOneGoroutineMakes(t *testing.T) {
	var alone animation.Generator
	var together Generator
	for _, options := range []animation.Options{
		animation.Default,
		{Frames: 1, Delay: 0, Width: 1, Height: 1},
		{Frames: 70, Delay: 3, Width: 90, Height: 31},
	} {
		gif, err := together.Generate(context.Background(), options)
		if err != nil || !bytes.Equal(gif, alone.Generate(options)) {
			t.Errorf("%+v is another: %v", options, err)
		}
	}
}

func TestStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var generator Generator
	if gif, err := generator.Generate(ctx, animation.Default); gif != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", len(gif), err)
	}
	if _, err := generator.Generate(context.Background(), animation.Default); err != nil {
		t.Error(err)
	}
}
