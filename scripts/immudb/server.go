//go:build tools

// Package server names what is built here, so that `go mod tidy` keeps it.
package server

import _ "github.com/codenotary/immudb/cmd/immudb"
