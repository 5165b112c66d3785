package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRoutes(t *testing.T) {
	routes := routes()
	ask := func(method, path string) *httptest.ResponseRecorder {
		response := httptest.NewRecorder()
		routes.ServeHTTP(response, httptest.NewRequest(method, path, nil))
		return response
	}
	for _, path := range []string{"/plain", "/pooled", "/tuned", "/parallel"} {
		response := ask(http.MethodGet, path+"?frames=1&width=2&height=2")
		if response.Code != http.StatusOK || response.Header().Get("Content-Type") != "image/gif" {
			t.Errorf("%s: %d %v", path, response.Code, response.Header())
		}
		if code := ask(http.MethodPost, path).Code; code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, code)
		}
	}
	if code := ask(http.MethodGet, "/").Code; code != http.StatusNotFound {
		t.Errorf("/: %d", code)
	}
}
