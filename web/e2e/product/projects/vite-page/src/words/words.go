package words

// Length counts bytes.
func Length(text string) int32 { return int32(len(text)) }

//go:wasmexport Count
func Count(text string) int32 { return Length(text) }

//go:wasmexport Version
func Version() uint32 { return 4_000_000_000 }
