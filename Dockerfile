# dev-server with everything that it drives, for people who would rather not install TinyGo and LLVM.
#   docker compose up      serves examples/counter on http://127.0.0.1:7700

ARG DEBIAN=bookworm
ARG RUST=1.95
ARG GO=1.26

FROM golang:${GO}-${DEBIAN} AS go

FROM rust:${RUST}-${DEBIAN} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package dev-server \
 && install -D target/release/dev-server /out/dev-server

FROM debian:${DEBIAN}-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates g++ \
      llvm-19-dev clang-19 lld-19 libclang-19-dev libclang-rt-19-dev-wasm32 wasi-libc binaryen \
 && rm -rf /var/lib/apt/lists/*
COPY --from=go /usr/local/go /usr/local/go
COPY --from=build /out/dev-server /usr/local/bin/dev-server
ENV PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin
# Not root: a project's build must not be able to write outside its own folders.
RUN useradd --create-home --uid 1000 developer
USER developer
# The token and caches live here; a volume keeps them over restarts, and starts with what is made below: TinyGo and
# the warm compiler.
RUN mkdir -p /home/developer/.cache /home/developer/.local/state /home/developer/go \
 && dev-server doctor --fix
WORKDIR /project
EXPOSE 7700
ENTRYPOINT ["dev-server"]
# 0.0.0.0 inside the container only; docker-compose.yml publishes the port on the loopback address of the host.
CMD ["serve", ".", "--host", "0.0.0.0", "--port", "7700", "--strict-port"]
