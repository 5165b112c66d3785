module devserver.dev/examples/gif

go 1.23
