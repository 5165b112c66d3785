module devserver.dev/examples/todo

go 1.23

require devserver.dev/live v0.0.0

replace devserver.dev/live => ../../sdk
