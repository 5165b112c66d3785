# `make demo` and `make test` are all that a new user needs; both install what is missing first.

BINARY := target/debug/dev-server

.PHONY: demo test check build setup clean

# `doctor --fix` builds TinyGo and the warm compiler once.
demo: build
	$(BINARY) doctor --fix
	exec $(BINARY) serve examples/counter

test:
	scripts/test all

check:
	scripts/test quick

build: setup
	cargo build --package dev-server

setup:
	@scripts/setup

clean:
	cargo clean
	rm -rf web/node_modules
