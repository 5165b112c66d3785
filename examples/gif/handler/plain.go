package handler

import (
	"image"
	"image/color"
	"image/gif"
	"net/http"

	"devserver.dev/examples/gif/scene"
)

// Plain is the handler with which the story begins: written straight down with what Go brings along. Each request makes
// its pictures anew, sets each pixel by itself, and hands them all to image/gif.
func Plain(response http.ResponseWriter, request *http.Request) {
	options, ok := optionsOf(response, request)
	if !ok {
		return
	}
	animation := gif.GIF{}
	for frame := range options.Frames {
		view := scene.At(options.Width, options.Height, frame, options.Frames)
		picture := image.NewPaletted(image.Rect(0, 0, options.Width, options.Height), palette)
		for y := range options.Height {
			for x := range options.Width {
				picture.SetColorIndex(x, y, view.Pixel(x, y))
			}
		}
		animation.Image = append(animation.Image, picture)
		animation.Delay = append(animation.Delay, options.Delay)
	}
	response.Header().Set("Content-Type", contentType)
	gif.EncodeAll(response, &animation)
}

// palette is the scene's for image/gif.
var palette = func() color.Palette {
	var colours color.Palette
	for colour := range scene.Colours {
		channels := scene.Palette[3*colour : 3*colour+3]
		colours = append(colours, color.RGBA{R: channels[0], G: channels[1], B: channels[2], A: 255})
	}
	return colours
}()
