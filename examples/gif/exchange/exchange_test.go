package exchange

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"devserver.dev/examples/gif/handler"
)

func message(header string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(header))), header...)
}

func answered(t *testing.T, header string) (status int, contentType string, body []byte) {
	t.Helper()
	var answer bytes.Buffer
	if err := Serve(bytes.NewReader(message(header)), &answer); err != nil {
		t.Fatal(err)
	}
	size := binary.LittleEndian.Uint32(answer.Next(4))
	var read struct {
		Status  int
		Headers [][2]string
	}
	if err := json.Unmarshal(answer.Next(int(size)), &read); err != nil {
		t.Fatal(err)
	}
	return read.Status, read.Headers[0][1], answer.Bytes()
}

func TestAnswersAsTheHandlerDoes(t *testing.T) {
	for _, query := range []string{"", "frames=3&delay=0&width=20&height=10", "frames=0", "frames=1&frames=2", "colour=1", "width=ten"} {
		response := httptest.NewRecorder()
		handler.Tuned(response, httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		header, err := json.Marshal(map[string]any{"method": "GET", "path": "/", "route": "/gif", "query": query, "headers": [][2]string{}})
		if err != nil {
			t.Fatal(err)
		}
		status, contentType, body := answered(t, string(header))
		if status != response.Code || contentType != response.Header().Get("Content-Type") || !bytes.Equal(body, response.Body.Bytes()) {
			t.Errorf("%q: %d, %s, %d bytes instead of %d, %s, %d bytes", query, status, contentType, len(body), response.Code,
				response.Header().Get("Content-Type"), response.Body.Len())
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	if status, _, _ := answered(t, `{"method":"POST"}`); status != 405 {
		t.Errorf("%d", status)
	}
}

func TestFailsAtWhatIsNoRequest(t *testing.T) {
	for given, words := range map[string]string{
		"":                             "the length of the header: EOF",
		"\x01\x00":                     "the length of the header: unexpected EOF",
		"\xff\xff\xff\xff":             "a header of 4294967295 bytes; it may have at most 65536",
		"\x05\x00\x00\x00{}":           "the header: unexpected EOF",
		string(message("frames")):      "the header: invalid character",
		string(message(`{}`)):          "the header has no method",
		string(message(`{"query":3}`)): "the header: json: cannot unmarshal number",
	} {
		err := Serve(strings.NewReader(given), new(bytes.Buffer))
		if err == nil || !strings.HasPrefix(err.Error(), words) {
			t.Errorf("%q: %v instead of %s", given, err, words)
		}
	}
}
