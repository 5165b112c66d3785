package encoder

import "slices"

// MostColours is what a GIF's table has room for.
const MostColours = 256

// Palette is a table of at most 256 colours.
type Palette struct {
	// Red, green and blue of each.
	RGB   [3 * MostColours]byte
	Count int
}

// PaletteOf copies red, green and blue of up to 256 colours.
func PaletteOf(rgb []byte) *Palette {
	palette := new(Palette)
	palette.Count = copy(palette.RGB[:], rgb) / 3
	return palette
}

// Colours are red, green and blue of those that there are.
func (p *Palette) Colours() []byte {
	return p.RGB[:3*p.Count]
}

// set copies a palette. TinyGo makes an instruction for each byte of an array that is assigned.
func (p *Palette) set(other *Palette) {
	copy(p.RGB[:], other.RGB[:])
	p.Count = other.Count
}

// equal does without bytes.Equal, for which TinyGo makes two strings.
func (p *Palette) equal(other *Palette) bool {
	return slices.Equal(p.Colours(), other.Colours())
}

// Merger says for each colour of a palette which number it has after Merge.
type Merger struct {
	Numbers [MostColours]byte
	// The colours that stay. They are here because TinyGo puts arrays of a function on the heap.
	kept [MostColours]lab
}

// Apply gives pixels their new numbers, in place.
func (m *Merger) Apply(pixels []byte) {
	for place, colour := range pixels {
		pixels[place] = m.Numbers[colour]
	}
}

// Merge takes colours out that are there twice, or are so close to an earlier one that eyes do not tell them apart:
// closer than JustNoticeable. The first of them stays. It says where each colour has gone, and how many are no more.
//
// Which colours are close is not an equivalence: of a long shade each may be close to the next. So that no colour
// wanders, one is compared only with those that stay, and goes to the closest.
func (p *Palette) Merge(merger *Merger) (duplicates, alike int) {
	count := 0
	for colour := range p.Count {
		rgb := [3]byte(p.RGB[3*colour : 3*colour+3])
		own := labOf(rgb)
		closest, distance := -1, float64(JustNoticeable*JustNoticeable)
		isDuplicate := false
		for other := range count {
			if rgb == [3]byte(p.RGB[3*other:3*other+3]) {
				closest, isDuplicate = other, true
				break
			}
			if squared := own.squaredDistance(&merger.kept[other]); squared < distance {
				closest, distance = other, squared
			}
		}
		switch {
		case isDuplicate:
			duplicates++
		case closest >= 0:
			alike++
		default:
			closest = count
			merger.kept[count] = own
			copy(p.RGB[3*count:], rgb[:])
			count++
		}
		merger.Numbers[colour] = byte(closest)
	}
	clear(p.RGB[3*count:])
	p.Count = count
	return duplicates, alike
}
