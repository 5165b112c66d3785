// Package wire is the schema of the conversation with the server, generated from proto/schema/devserver/compiler/v1.
package wire

//go:generate ../../../web/node_modules/.bin/buf generate ../../../proto/schema --path ../../../proto/schema/devserver/compiler --template ../../buf.gen.yaml -o ../..
