module devserver.dev/compiler

go 1.24

require (
	github.com/tinygo-org/tinygo v0.41.1
	golang.org/x/sys v0.30.0
	golang.org/x/tools v0.30.0
	google.golang.org/protobuf v1.36.6
	tinygo.org/x/go-llvm v0.0.0-20250422114502-b8f170971e74
)

require (
	github.com/aykevl/go-wasm v0.0.2-0.20250317121156-42b86c494139 // indirect
	github.com/blakesmith/ar v0.0.0-20150311145944-8bd4349a67f2 // indirect
	github.com/gofrs/flock v0.8.1 // indirect
	github.com/google/shlex v0.0.0-20181106134648-c34317bd91bf // indirect
	github.com/marcinbor85/gohex v0.0.0-20200531091804-343a4b548892 // indirect
	github.com/sigurn/crc16 v0.0.0-20211026045750-20ab5afb07e3 // indirect
	gopkg.in/check.v1 v1.0.0-20201130134442-10cb98267c6c // indirect
)
