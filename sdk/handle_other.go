//go:build !(js && wasm)

package live

func connected() bool { return false }

func handedOver() Data { return Data{} }

func announce() {}

func listenForDisposal() {}

func listenForPatches() {}

func invalidate(string) {}

func generation() int { return 0 }

func warn(string) {}
