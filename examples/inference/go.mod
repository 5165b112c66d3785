module devserver.dev/examples/inference

go 1.24
