package front

import "bytes"

// appendCode appends text without its comments. What is blank becomes one blank, or one newline where there is a
// newline in it, which may be a semicolon; texts and runes stay as they are.
func appendCode(words, text []byte) []byte {
	var blank byte
	for at := 0; at < len(text); {
		end := at + 1
		switch character := text[at]; {
		case character == '\n':
			blank = '\n'
		case character == ' ' || character == '\t' || character == '\r':
			if blank == 0 {
				blank = ' '
			}
		case bytes.HasPrefix(text[at:], []byte("//")):
			end = until(text, at, "\n")
		case bytes.HasPrefix(text[at:], []byte("/*")):
			end = until(text, at+2, "*/") + 2
			// To Go, a comment with a newline is one.
			if comment := text[at:min(end, len(text))]; bytes.IndexByte(comment, '\n') >= 0 {
				blank = '\n'
			} else if blank == 0 {
				blank = ' '
			}
		default:
			if blank != 0 {
				words = append(words, blank)
				blank = 0
			}
			switch character {
			case '`':
				end = until(text, at+1, "`") + 1
			case '"', '\'':
				end = quoted(text, at)
			}
			words = append(words, text[at:min(end, len(text))]...)
		}
		at = end
	}
	return words
}

// until is where the mark is, or the end.
func until(text []byte, from int, mark string) int {
	if from > len(text) {
		return len(text)
	}
	if found := bytes.Index(text[from:], []byte(mark)); found >= 0 {
		return from + found
	}
	return len(text)
}

// quoted is where a text or rune that begins here has ended.
func quoted(text []byte, from int) int {
	for at := from + 1; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case text[from]:
			return at + 1
		}
	}
	return len(text)
}
