package base

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestObjectsThatNobodyAsksForGo(t *testing.T) {
	folder := t.TempDir()
	cache := &Cache{folder}
	made := 0
	object := func(key string) string {
		path, err := cache.Object(key, func() ([]byte, error) { made++; return []byte(key), nil })
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, used := object("old"), object("used")
	long := time.Now().Add(-2 * unused)
	for _, path := range []string{old, used} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	object("used")
	cache.sweep(time.Now().Add(-unused))
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("an object of long ago is still there")
	}
	if _, err := os.Stat(used); err != nil || made != 2 {
		t.Errorf("an object that was asked for is gone: %v, %d made", err, made)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*.part")); len(left) > 0 {
		t.Errorf("unfinished: %q", left)
	}
}
