package encoder

import (
	"encoding/binary"
	"math/bits"
)

const (
	// Codes have at most 12 bits; when this one would be next, the dictionary begins anew.
	lastCode = 1<<12 - 1
	// Twice as many slots as there can be entries, so that chains are short; 32 KiB stay in the nearest cache.
	slotBits = 13
	slots    = 1 << slotBits
	// Phrases of a single colour up to this length are found without looking at their pixels one by one.
	longestRun = 255
)

// compressor makes GIF's LZW codes of pixels. What it writes is, byte for byte, what compress/lzw writes: both always
// take the longest phrase of the dictionary. It finds that faster where a colour is repeated, and it needs no writer.
type compressor struct {
	// An open hash table: a phrase and the pixel after it (20 bits), and the code of both together (12 bits). Zero is
	// an empty slot, as every such code is greater.
	table [slots]uint32
	// Codes of the phrases that consist of one colour, by colour and length; those of length 1 are the colours.
	runs [256][longestRun + 1]uint16
	// The length of the longest of them.
	longest [256]uint8
}

// codesSize is room for the codes of so many pixels, whatever they are: 12 bits for each, codes that begin and end, and
// what is written at once.
func codesSize(pixels int) int {
	return pixels + pixels/2 + pixels/1024 + 64
}

// compressedSize is room for the same in blocks.
func compressedSize(pixels int) int {
	return codesSize(pixels) + codesSize(pixels)/255 + 2
}

func (c *compressor) begin() {
	clear(c.table[:])
	for colour := range c.longest {
		c.longest[colour] = 1
	}
}

// compress writes the data of one picture to output, which has at least compressedSize bytes: the number of bits that
// a colour has, blocks of codes, and the empty block. It returns how many bytes these are.
func (c *compressor) compress(output, pixels []byte, colourBits uint) int {
	clearCode := uint32(1) << colourBits
	// Codes go to the end of the room first and are cut into blocks at last: a length for each 255 of them fits in.
	codes := output[len(output)-codesSize(len(pixels)):]
	written := 0

	c.begin()
	width := colourBits + 1
	accumulator, held := uint64(clearCode), width
	next, wider := clearCode+1, clearCode<<1

	for position := 0; position < len(pixels); {
		// The longest phrase from here that is known: first one of a single colour.
		colour := pixels[position]
		position++
		code := uint32(colour)
		isRun, slot, key := false, uint32(0), uint32(0)
		if position < len(pixels) && pixels[position] == colour {
			known := int(c.longest[colour])
			length := 1 + sameColour(pixels[position:], colour, known)
			if length > known {
				length = known
				isRun = known < longestRun
			}
			if length > 1 {
				code = uint32(c.runs[colour][length])
			}
			position += length - 1
		}
		// Then with other pixels after it.
		if !isRun {
			found := true
			for found && position < len(pixels) {
				key = code<<8 | uint32(pixels[position])
				slot = (key ^ key>>12*0x9d) & (slots - 1)
				for {
					entry := c.table[slot]
					if entry>>12 == key {
						code = entry & lastCode
						position++
						break
					}
					if entry == 0 {
						found = false
						break
					}
					slot = (slot + 1) & (slots - 1)
				}
			}
		}

		accumulator |= uint64(code) << held
		held += width
		binary.LittleEndian.PutUint64(codes[written:], accumulator)
		written += int(held >> 3)
		accumulator >>= held &^ 7
		held &= 7

		next++
		if next == wider {
			width++
			wider <<= 1
		}
		switch {
		case next == lastCode:
			accumulator |= uint64(clearCode) << held
			held += width
			c.begin()
			width = colourBits + 1
			next, wider = clearCode+1, clearCode<<1
		case isRun:
			length := c.longest[colour] + 1
			c.longest[colour] = length
			c.runs[colour][length] = uint16(next)
		case position < len(pixels):
			c.table[slot] = key<<12 | next
		}
	}
	accumulator |= uint64(clearCode+1) << held
	held += width
	binary.LittleEndian.PutUint64(codes[written:], accumulator)
	written += int(held+7) >> 3

	output[0] = byte(colourBits)
	return 1 + cutIntoBlocks(output[1:], codes[:written])
}

// sameColour counts the first pixels that have the colour; it may stop counting beyond a length.
func sameColour(pixels []byte, colour byte, enough int) int {
	pattern := uint64(colour) * 0x0101010101010101
	count := 0
	for len(pixels)-count >= 8 {
		other := binary.LittleEndian.Uint64(pixels[count:]) ^ pattern
		if other != 0 {
			return count + bits.TrailingZeros64(other)>>3
		}
		count += 8
		if count > enough {
			return count
		}
	}
	for count < len(pixels) && pixels[count] == colour {
		count++
	}
	return count
}

// cutIntoBlocks moves data, which lies further back in the same array, to the beginning of output.
func cutIntoBlocks(output, data []byte) int {
	at := 0
	for len(data) > 0 {
		size := min(len(data), 255)
		output[at] = byte(size)
		copy(output[at+1:], data[:size])
		data = data[size:]
		at += 1 + size
	}
	output[at] = 0
	return at + 1
}
