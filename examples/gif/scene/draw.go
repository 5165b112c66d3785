package scene

import "encoding/binary"

// Draw fills pixels, which are rows without gaps, with what Pixel returns for each place. It goes by runs of one colour
// instead of by pixels.
func (v *View) Draw(pixels []byte) {
	for y := range v.height {
		row := pixels[y*v.width : (y+1)*v.width]
		if y < v.horizon {
			fill(row, v.skyAt(y))
			continue
		}
		tiles := v.tilesAt(y - v.horizon)
		from, to := v.shadowAcross(y)
		tiles.draw(row, 0, from, 0)
		tiles.draw(row, from, to, inShadow)
		tiles.draw(row, to, v.width, 0)
	}
	v.drawBall(pixels)
}

// draw fills a part of a row.
func (t *tileRow) draw(row []byte, from, to int, shadow byte) {
	if from >= to {
		return
	}
	tile := (from + t.shift) / t.size
	colour, next := t.light+shadow, t.dark+shadow
	if tile%2 == 1 {
		colour, next = next, colour
	}
	for end := (tile+1)*t.size - t.shift; end < to; end += t.size {
		fill(row[from:end], colour)
		colour, next = next, colour
		from = end
	}
	fill(row[from:to], colour)
}

// shadowAcross returns the part of a row that is in the shadow, cut to the picture; both are 0 if there is none.
func (v *View) shadowAcross(y int) (from, to int) {
	fromY := y - v.shadowY
	if fromY < -v.shadowHeight || fromY > v.shadowHeight {
		return 0, 0
	}
	half := v.shadowWidth
	for !v.isShadow(half, fromY) {
		half--
	}
	from, to = max(0, v.shadowX-half), min(v.width, v.shadowX+half+1)
	return min(from, v.width), max(to, 0)
}

func (v *View) drawBall(pixels []byte) {
	half := 0
	for fromY := -v.radius; fromY <= v.radius; fromY++ {
		room := v.radius*v.radius - fromY*fromY
		for half*half > room {
			half--
		}
		for (half+1)*(half+1) <= room {
			half++
		}
		y := v.y + fromY
		from, to := max(0, v.x-half), min(v.width, v.x+half+1)
		if y < 0 || y >= v.height || from >= to {
			continue
		}
		row := pixels[y*v.width+from : y*v.width+to]
		toX, toY := from-v.x-v.light, fromY-v.light
		// The squared distance from the highlight, times the shading; to the next pixel it grows by what grows evenly.
		shade := (toX*toX + toY*toY) * v.shading
		step := (2*toX + 1) * v.shading
		for x := range row {
			row[x] = ball + byte(shade>>20)
			shade += step
			step += 2 * v.shading
		}
	}
}

// fill writes whole words, the last of which may lie over the one before: runs are a few words long, too short for the
// time that a call to fill memory takes.
func fill(row []byte, colour byte) {
	if len(row) < 8 {
		for place := range row {
			row[place] = colour
		}
		return
	}
	word := uint64(colour) * 0x0101010101010101
	for place := 0; place < len(row)-8; place += 8 {
		binary.LittleEndian.PutUint64(row[place:], word)
	}
	binary.LittleEndian.PutUint64(row[len(row)-8:], word)
}
