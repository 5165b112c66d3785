package protocol

import "io"

// input reads ahead, so that a request usually takes one read; what does not fit is read to where it belongs.
type input struct {
	source   io.Reader
	buffer   [4 + LongestHeader]byte
	from, to int
	isAtEnd  bool
}

func (i *input) begin(source io.Reader) {
	i.source = source
	i.from, i.to, i.isAtEnd = 0, 0, false
}

// take returns so many bytes, at most as many as the buffer has, or fewer where the input ends. They are valid until
// the next call.
func (i *input) take(count int) ([]byte, error) {
	if i.from+count > len(i.buffer) {
		i.to = copy(i.buffer[:], i.buffer[i.from:i.to])
		i.from = 0
	}
	for i.to-i.from < count && !i.isAtEnd {
		read, err := i.read(i.buffer[i.to:])
		if err != nil {
			return nil, err
		}
		i.to += read
	}
	taken := i.buffer[i.from:min(i.from+count, i.to)]
	i.from += len(taken)
	return taken, nil
}

// fill reads as much as there is room for, or less where the input ends.
func (i *input) fill(room []byte) (int, error) {
	filled := copy(room, i.buffer[i.from:i.to])
	i.from += filled
	for filled < len(room) && !i.isAtEnd {
		read, err := i.read(room[filled:])
		if err != nil {
			return filled, err
		}
		filled += read
	}
	return filled, nil
}

// skip passes over so many bytes, or fewer where the input ends.
func (i *input) skip(count int64) (int64, error) {
	skipped := int64(0)
	for skipped < count {
		if i.from == i.to {
			if i.isAtEnd {
				break
			}
			read, err := i.read(i.buffer[:])
			if err != nil {
				return skipped, err
			}
			i.from, i.to = 0, read
		}
		step := min(count-skipped, int64(i.to-i.from))
		i.from += int(step)
		skipped += step
	}
	return skipped, nil
}

func (i *input) read(room []byte) (int, error) {
	read, err := i.source.Read(room)
	if err == io.EOF {
		i.isAtEnd = true
		err = nil
	}
	return read, err
}
