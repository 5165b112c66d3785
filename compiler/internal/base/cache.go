// Package base makes whole programs of objects that are kept in a folder.
package base

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tinygo-org/tinygo/loader"

	"devserver.dev/compiler/internal/front"
)

// format is part of every key: it changes when other objects are made of the same sources.
const format = "6"

// Cache is a folder of objects, each named by the hash of what it was made from. Files appear whole and never change,
// so that several processes may share it.
type Cache struct {
	folder string
}

// OpenCache makes the folder if need be.
func OpenCache(folder string) (*Cache, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep objects: %w", err)
	}
	cache := &Cache{folder}
	go cache.sweep(time.Now().Add(-unused))
	return cache, nil
}

// unused is how long an object is kept that nobody asks for.
const unused = 30 * 24 * time.Hour

// sweep removes objects that were not asked for since then. What fails is tried by the next process.
func (c *Cache) sweep(since time.Time) {
	entries, _ := os.ReadDir(c.folder)
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(since) {
			_ = os.Remove(filepath.Join(c.folder, entry.Name()))
		}
	}
}

// Object is the path of the object with this key, which is made when it is not there.
func (c *Cache) Object(key string, make func() ([]byte, error)) (string, error) {
	path := filepath.Join(c.folder, key+".o")
	if info, err := os.Stat(path); err == nil {
		// It counts as used; a day more or less does not matter, and a write for each object would.
		if now := time.Now(); now.Sub(info.ModTime()) > 24*time.Hour {
			_ = os.Chtimes(path, now, now)
		}
		return path, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	content, err := make()
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(c.folder, "*.part")
	if err != nil {
		return "", fmt.Errorf("cannot keep an object: %w", err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return "", fmt.Errorf("cannot keep an object: %w", err)
	}
	return path, nil
}

// keys of all packages: over their sources, and the keys of what they import, since the layout of a type decides code
// elsewhere.
func keys(program *front.Program, elsewhere map[string]map[string]bool) (map[string]string, error) {
	target := program.Compiler
	head := fmt.Sprintf("%s\x00%s\x00%s\x00%s\x00%v", format, program.Identity(), target.Triple, target.Features,
		program.Config.BuildTags())
	found := map[string]string{}
	for _, pkg := range program.Packages() {
		sum := sha256.New()
		// The folder is in the object: positions of what goes wrong are paths.
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00%v\x00", head, pkg.Pkg.Path(), pkg.Dir, front.IsUser(pkg))
		for _, file := range sortedFiles(pkg) {
			content, err := program.Text(file)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(sum, "%s\x00%x\x00", filepath.Base(file), sha256.Sum256(content))
		}
		fmt.Fprintf(sum, "%v\x00", front.Embedded(pkg))
		for _, imported := range pkg.Imports {
			if mapped, ok := pkg.ImportMap[imported]; ok {
				imported = mapped
			}
			fmt.Fprintf(sum, "%s\x00", found[imported])
		}
		symbols := make([]string, 0, len(elsewhere[pkg.ImportPath]))
		for symbol := range elsewhere[pkg.ImportPath] {
			symbols = append(symbols, symbol)
		}
		slices.Sort(symbols)
		fmt.Fprintf(sum, "%v", symbols)
		found[pkg.ImportPath] = hex.EncodeToString(sum.Sum(nil)[:16])
	}
	return found, nil
}

func sortedFiles(pkg *loader.Package) []string {
	var files []string
	for _, file := range pkg.GoFiles {
		if !filepath.IsAbs(file) {
			file = filepath.Join(pkg.Dir, file)
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return files
}
