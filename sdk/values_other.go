//go:build !(js && wasm)

package live

// There is no page and no next instance: nothing is found, and what is written is dropped.
type values struct{}

func (values) has(string) bool { return false }

func (values) remove(string) {}

func (values) text(string) (string, bool) { return "", false }

func (values) setText(string, string) {}

func (values) whole(string) (int, bool) { return 0, false }

func (values) setWhole(string, int) {}

func (values) number(string) (float64, bool) { return 0, false }

func (values) setNumber(string, float64) {}

func (values) truth(string) (bool, bool) { return false, false }

func (values) setTruth(string, bool) {}

func (values) bytes(string) ([]byte, bool) { return nil, false }

func (values) setBytes(string, []byte) {}
