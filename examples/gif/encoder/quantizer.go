package encoder

import "encoding/binary"

// Quantizer finds palettes for pictures that have red, green, blue and alpha for each pixel. Up to 256 colours stay as
// they are, except that those are merged that look the same; more become 256 by a median cut. A pixel is either opaque
// or, below half of alpha, transparent. It allocates nothing.
type Quantizer struct {
	// The colours of the pictures so far in the order in which they came, so that pictures with the same colours
	// have the same palette.
	colours [MostColours]uint32
	count   int
	// From hashes of colours to their place in colours, plus one.
	places [4 * MostColours]uint16
	// The colours after merging, and for how many of them.
	palette Palette
	merger  Merger
	merged  int
	isMoved bool
	// The palette of a picture with transparent pixels.
	withTransparent Palette

	cut medianCut
}

// Indexed is what Quantize has found.
type Indexed struct {
	// Valid until the next picture. The colour of transparent pixels is its last.
	Palette        *Palette
	HasTransparent bool
	Transparent    byte
	// Whether colours were given up because there are too many.
	IsReduced bool
}

// Reset forgets the colours of earlier pictures.
func (q *Quantizer) Reset() {
	clear(q.places[:])
	q.count, q.merged = 0, 0
	q.palette.Count = 0
	q.isMoved = false
}

// Quantize writes the number of each pixel's colour to pixels, which are a fourth of rgba.
func (q *Quantizer) Quantize(pixels, rgba []byte) Indexed {
	hasTransparent, fits := q.collect(pixels, rgba)
	if !fits {
		// Perhaps alone.
		q.Reset()
		hasTransparent, fits = q.collect(pixels, rgba)
	}
	if fits {
		q.merge()
		fits = !hasTransparent || q.palette.Count < MostColours
	}
	if fits {
		if q.isMoved {
			q.merger.Apply(pixels)
		}
	} else {
		limit := MostColours
		if hasTransparent {
			limit--
		}
		q.Reset()
		q.cut.reduce(&q.palette, pixels, rgba, limit)
	}
	indexed := Indexed{Palette: &q.palette, HasTransparent: hasTransparent, IsReduced: !fits}
	if hasTransparent {
		indexed.Transparent = q.markTransparent(pixels, rgba)
		q.withTransparent.set(&q.palette)
		q.withTransparent.Count++
		indexed.Palette = &q.withTransparent
	}
	return indexed
}

// collect numbers colours by their place in q.colours. It gives up when there are too many.
func (q *Quantizer) collect(pixels, rgba []byte) (hasTransparent, fits bool) {
	const opaque = 0xff000000
	last, lastPlace := uint32(0), byte(0)
	for place := range pixels {
		pixel := binary.LittleEndian.Uint32(rgba[4*place:])
		if pixel&0x80000000 == 0 {
			hasTransparent = true
			pixels[place] = 0
			continue
		}
		pixel |= opaque
		if pixel != last {
			found, isThere := q.place(pixel)
			if !isThere {
				return hasTransparent, false
			}
			last, lastPlace = pixel, found
		}
		pixels[place] = lastPlace
	}
	return hasTransparent, true
}

// place returns the place of a colour, a new one if need be and if there is one.
func (q *Quantizer) place(colour uint32) (byte, bool) {
	slot := colour * 0x9e3779b1 >> 22
	for q.places[slot] != 0 {
		known := q.places[slot] - 1
		if q.colours[known] == colour {
			return byte(known), true
		}
		slot = (slot + 1) % uint32(len(q.places))
	}
	if q.count == MostColours {
		return 0, false
	}
	q.colours[q.count] = colour
	q.count++
	q.places[slot] = uint16(q.count)
	return byte(q.count - 1), true
}

// merge brings the palette up to date with the colours. It changes nothing of it but what is appended, as Merge keeps
// the first of those that look the same.
func (q *Quantizer) merge() {
	if q.merged == q.count && q.palette.Count > 0 {
		return
	}
	for place, colour := range q.colours[:q.count] {
		q.palette.RGB[3*place] = byte(colour)
		q.palette.RGB[3*place+1] = byte(colour >> 8)
		q.palette.RGB[3*place+2] = byte(colour >> 16)
	}
	q.palette.Count = q.count
	duplicates, alike := q.palette.Merge(&q.merger)
	q.isMoved = duplicates+alike > 0
	q.merged = q.count
}

// markTransparent gives transparent pixels the first number that is no colour's.
func (q *Quantizer) markTransparent(pixels, rgba []byte) byte {
	transparent := byte(q.palette.Count)
	for place := range pixels {
		if rgba[4*place+3] < 0x80 {
			pixels[place] = transparent
		}
	}
	return transparent
}
