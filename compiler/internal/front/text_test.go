package front

import "testing"

func TestCodeHasNoComments(t *testing.T) {
	for _, test := range []struct{ text, code string }{
		{"a  :=\tb", "a := b"},
		{"a // b\n\n\tc", "a\nc"},
		{"a /* b */ c", "a c"},
		{"a /* b\n */ c", "a\nc"},
		{"a/**/b", "a b"},
		{"f(\"// a  b\", '\"', '\\'', `/* \n\n */`) // c", "f(\"// a  b\", '\"', '\\'', `/* \n\n */`)"},
		{"a := \"\\\"  // b\"", "a := \"\\\"  // b\""},
		{"a\r\n b", "a\nb"},
		{"a / b", "a / b"},
		{"a /* b", "a"},
		{"a `b", "a `b"},
		{"a \"b", "a \"b"},
		{"", ""},
	} {
		if code := string(appendCode(nil, []byte(test.text))); code != test.code {
			t.Errorf("%q gives %q, want %q", test.text, code, test.code)
		}
	}
}
