//go:build tools

// Package tools names the program that the first hour with a fleet needs, so that go.mod and go.sum pin it.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
