module devserver.dev/live

go 1.23
