package encoder

// medianCut makes few colours of many: a box around all of them is cut in two where half of the pixels are on each side,
// and so is the box that needs it most, until there are as many boxes as there may be colours.
//
// Colours are counted by their upper five bits. It takes 240 KiB, which a program that never has too many colours does
// not touch.
type medianCut struct {
	counts [1 << 15]uint32
	// The cells that are not empty, those of a box side by side.
	cells [1 << 15]uint16
	boxes [MostColours]box
	// For each cell the number of its colour.
	numbers [1 << 15]byte
	merger  Merger
}

// box is a part of the cells.
type box struct {
	from, to int
	pixels   uint32
	// Along which of red, green and blue it is longest, in bits to shift, and how long.
	axis   uint
	length uint32
}

func cellOf(rgba []byte) uint16 {
	return uint16(rgba[0])>>3<<10 | uint16(rgba[1])>>3<<5 | uint16(rgba[2])>>3
}

// reduce finds up to limit colours and writes the number of each pixel's. Transparent pixels have no part in it; their
// numbers mean nothing.
func (m *medianCut) reduce(palette *Palette, pixels, rgba []byte, limit int) {
	clear(m.counts[:])
	for place := range pixels {
		if pixel := rgba[4*place : 4*place+4]; pixel[3] >= 0x80 {
			m.counts[cellOf(pixel)]++
		}
	}
	used := 0
	for cell, count := range m.counts[:] {
		if count > 0 {
			m.cells[used] = uint16(cell)
			used++
		}
	}
	m.boxes[0] = m.around(0, used)
	boxes := 1
	for boxes < limit {
		neediest, need := -1, uint64(0)
		for number := range m.boxes[:boxes] {
			if own := uint64(m.boxes[number].pixels) * uint64(m.boxes[number].length); own > need {
				neediest, need = number, own
			}
		}
		if neediest < 0 {
			break
		}
		whole := m.boxes[neediest]
		middle := m.divide(&whole)
		m.boxes[neediest] = m.around(whole.from, middle)
		m.boxes[boxes] = m.around(middle, whole.to)
		boxes++
	}
	m.average(palette, boxes)

	for place := range pixels {
		pixels[place] = m.numbers[cellOf(rgba[4*place:])]
	}
}

// around measures a box.
func (m *medianCut) around(from, to int) box {
	measured := box{from: from, to: to}
	lowest, highest := [3]uint16{31, 31, 31}, [3]uint16{}
	for _, cell := range m.cells[from:to] {
		measured.pixels += m.counts[cell]
		for channel := range lowest {
			value := cell >> (5 * channel) & 31
			lowest[channel], highest[channel] = min(lowest[channel], value), max(highest[channel], value)
		}
	}
	for channel := range lowest {
		if length := uint32(highest[channel] - lowest[channel]); length > measured.length && from < to {
			measured.length, measured.axis = length, uint(5*channel)
		}
	}
	return measured
}

// divide sorts the cells of a box, which is longer than nothing, so that those of its halves lie side by side, and
// returns where the second half begins.
func (m *medianCut) divide(whole *box) int {
	var along [32]uint32
	cells := m.cells[whole.from:whole.to]
	for _, cell := range cells {
		along[cell>>whole.axis&31] += m.counts[cell]
	}
	first, last := uint16(0), uint16(31)
	for along[first] == 0 {
		first++
	}
	for along[last] == 0 {
		last--
	}
	// The last value of the first half: at least one value is left for the second.
	limit, passed := first, along[first]
	for limit+1 < last && passed+along[limit+1] <= whole.pixels/2 {
		limit++
		passed += along[limit]
	}
	low, high := 0, len(cells)
	for low < high {
		if cells[low]>>whole.axis&31 <= limit {
			low++
		} else {
			high--
			cells[low], cells[high] = cells[high], cells[low]
		}
	}
	return whole.from + low
}

// average makes a colour of each box, and merges those that look the same.
func (m *medianCut) average(palette *Palette, boxes int) {
	palette.Count = boxes
	for number := range boxes {
		own := &m.boxes[number]
		for channel := range 3 {
			sum := uint64(0)
			for _, cell := range m.cells[own.from:own.to] {
				// Five bits as eight: the brightest stays the brightest.
				value := cell >> (10 - 5*channel) & 31
				sum += uint64(value<<3|value>>2) * uint64(m.counts[cell])
			}
			palette.RGB[3*number+channel] = byte((sum + uint64(own.pixels/2)) / uint64(max(own.pixels, 1)))
		}
	}
	palette.Merge(&m.merger)
	for number := range boxes {
		for _, cell := range m.cells[m.boxes[number].from:m.boxes[number].to] {
			m.numbers[cell] = m.merger.Numbers[number]
		}
	}
}
