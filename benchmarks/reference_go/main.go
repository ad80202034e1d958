// Command reference_go is what WatchParty is measured against: the sync path as a Go team would write it, on
// gorilla/websocket and go-redis Pub/Sub, for any number of processes. Of docs/protocol.md it has welcome, snapshot, clock,
// play, pause, seek, rate, status, timeline, ack, error and scheduled starts; it has no waiting for others, presence, chat,
// resume, admission or persistence beyond Redis.
//
// HOST, PORT and REDIS_URL say where.
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{
	HandshakeTimeout: 5 * time.Second,
	ReadBufferSize:   1024,
	WriteBufferSize:  1024,
	WriteBufferPool:  &sync.Pool{},
	Subprotocols:     []string{"watchparty.v1"},
	// There is no cookie that a foreign page could use: every client brings its token.
	CheckOrigin: func(*http.Request) bool { return true },
}

func handler(ctx context.Context, h *hub) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /ws/rooms/{code}/", func(w http.ResponseWriter, r *http.Request) {
		token, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !given {
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // it has been answered
		}
		c := newConnection(socket, token[:min(len(token), 8)])
		joining, cancel := context.WithTimeout(ctx, 5*storeTimeout)
		defer cancel()
		if c.room, err = h.join(joining, r.PathValue("code"), c); err != nil {
			slog.Warn("joining", "error", err)
			c.close()
			return
		}
		// Goroutines of their own: the request's, with its buffers and its deep stack, ends here.
		go c.write()
		go func() {
			defer h.leave(c.room, c)
			c.read(ctx)
		}()
	})
	return mux
}

func run(ctx context.Context) error {
	s, err := openStore(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379/0"))
	if err != nil {
		return err
	}
	h := newHub(s)
	go h.listen(ctx)
	address := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "8081"))
	server := &http.Server{Addr: address, Handler: handler(ctx, h), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(stopping); err != nil {
			slog.Warn("stopping", "error", err)
		}
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx); err != nil {
		slog.Error("reference_go", "error", err)
		os.Exit(1)
	}
}
