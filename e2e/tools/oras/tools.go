//go:build tools

// Package tools names the program that the tests of registries need, so that go.mod and go.sum pin it.
package tools

import _ "oras.land/oras/cmd/oras"
