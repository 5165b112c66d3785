package handler

import (
	"bytes"
	"image"
	"image/gif"
	"net/http"
	"strconv"
	"sync"

	"devserver.dev/examples/gif/animation"
	"devserver.dev/examples/gif/scene"
)

// Pooled is what becomes of Plain when somebody looks at its profile: pictures and output come from a pool, the scene is
// drawn by runs of pixels, there is one palette for all pictures, and the length is sent ahead. The encoder is still
// that of image/gif, which allocates a table for each picture.
func Pooled(response http.ResponseWriter, request *http.Request) {
	options, ok := optionsOf(response, request)
	if !ok {
		return
	}
	buffers := pool.Get().(*buffers)
	defer pool.Put(buffers)
	buffers.resize(options)
	for frame, picture := range buffers.animation.Image {
		view := scene.At(options.Width, options.Height, frame, options.Frames)
		view.Draw(picture.Pix)
	}
	buffers.output.Reset()
	if err := gif.EncodeAll(&buffers.output, &buffers.animation); err != nil {
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	send(response, buffers.output.Bytes())
}

var pool = sync.Pool{New: func() any { return new(buffers) }}

// buffers is what a request uses and the next one uses again.
type buffers struct {
	animation gif.GIF
	output    bytes.Buffer
	// All pictures that there ever were, and the pixels of each.
	pictures []*image.Paletted
}

func (b *buffers) resize(options animation.Options) {
	for len(b.pictures) < options.Frames {
		b.pictures = append(b.pictures, &image.Paletted{Palette: palette})
	}
	size := options.Width * options.Height
	b.animation.Image, b.animation.Delay = b.pictures[:options.Frames], b.animation.Delay[:0]
	b.animation.Config = image.Config{ColorModel: palette, Width: options.Width, Height: options.Height}
	for _, picture := range b.animation.Image {
		if cap(picture.Pix) < size {
			picture.Pix = make([]byte, size)
		}
		picture.Pix = picture.Pix[:size]
		picture.Stride, picture.Rect = options.Width, image.Rect(0, 0, options.Width, options.Height)
		b.animation.Delay = append(b.animation.Delay, options.Delay)
	}
}

func send(response http.ResponseWriter, gif []byte) {
	response.Header().Set("Content-Type", contentType)
	response.Header().Set("Content-Length", strconv.Itoa(len(gif)))
	response.Write(gif)
}
