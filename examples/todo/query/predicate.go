// Package query selects, sorts and groups.
package query

// Predicate decides whether an item is wanted.
type Predicate[Item any] func(Item) bool

// All wants what every one of the predicates wants; of none it wants everything.
func All[Item any](predicates ...Predicate[Item]) Predicate[Item] {
	return func(item Item) bool {
		for _, wants := range predicates {
			if !wants(item) {
				return false
			}
		}
		return true
	}
}

// Any wants what at least one of the predicates wants.
func Any[Item any](predicates ...Predicate[Item]) Predicate[Item] {
	return func(item Item) bool {
		for _, wants := range predicates {
			if wants(item) {
				return true
			}
		}
		return false
	}
}

// Not wants what the predicate does not.
func Not[Item any](wants Predicate[Item]) Predicate[Item] {
	return func(item Item) bool { return !wants(item) }
}

// Filter returns the items that are wanted, in a slice of their own.
func Filter[Item any](items []Item, wants Predicate[Item]) []Item {
	var found []Item
	for _, item := range items {
		if wants(item) {
			found = append(found, item)
		}
	}
	return found
}

// Count counts the items that are wanted.
func Count[Item any](items []Item, wants Predicate[Item]) int {
	count := 0
	for _, item := range items {
		if wants(item) {
			count++
		}
	}
	return count
}

// Group is a run of items with something in common.
type Group[Key comparable, Item any] struct {
	Key   Key
	Items []Item
}

// GroupBy gathers items with the same key; groups and their items keep the order of first appearance.
func GroupBy[Key comparable, Item any](items []Item, key func(Item) Key) []Group[Key, Item] {
	var groups []Group[Key, Item]
	positions := map[Key]int{}
	for _, item := range items {
		own := key(item)
		at, known := positions[own]
		if !known {
			at = len(groups)
			positions[own] = at
			groups = append(groups, Group[Key, Item]{Key: own})
		}
		groups[at].Items = append(groups[at].Items, item)
	}
	return groups
}
