module hot

go 1.24

require devserver.dev/live v0.0.0

replace devserver.dev/live => ../../sdk
