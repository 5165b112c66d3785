package protocol

import "runtime"

// counter counts how often memory is allocated while frames are made, when a request wants to know.
type counter struct {
	statistics runtime.MemStats
	before     uint64
	count      uint64
	isDone     bool
}

// countFrom begins after the first frame, for which the buffers are made.
func (c *counter) countFrom(header *header, frame int) {
	if frame == 0 && header.wantsAllocations {
		c.before = c.allocations()
	}
}

func (c *counter) stop(header *header) {
	c.isDone = header.wantsAllocations
	if c.isDone {
		c.count = c.allocations() - c.before
	}
}

func (c *counter) allocations() uint64 {
	runtime.ReadMemStats(&c.statistics)
	return c.statistics.Mallocs
}
