// Server answers with the animation, at one path for each way of making it.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"devserver.dev/examples/gif/handler"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "address and port; port 0 takes a free one")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	// One line, for those who start it and have to know the port.
	fmt.Printf("http://%s/plain\n", listener.Addr())
	log.Fatal(http.Serve(listener, routes()))
}

func routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /plain", handler.Plain)
	routes.HandleFunc("GET /pooled", handler.Pooled)
	routes.HandleFunc("GET /tuned", handler.Tuned)
	routes.HandleFunc("GET /parallel", handler.Parallel)
	return routes
}
