package query

import (
	"cmp"
	"sort"
)

// Order compares two items: negative if a comes first, positive if b does, zero if it does not matter.
type Order[Item any] func(a, b Item) int

// By orders by something of the items that has an order itself.
func By[Item any, Key cmp.Ordered](key func(Item) Key) Order[Item] {
	return func(a, b Item) int { return cmp.Compare(key(a), key(b)) }
}

// Then asks the next order about items that are equal in this one.
func (order Order[Item]) Then(next Order[Item]) Order[Item] {
	return func(a, b Item) int {
		if first := order(a, b); first != 0 {
			return first
		}
		return next(a, b)
	}
}

// Reversed turns the order around.
func (order Order[Item]) Reversed() Order[Item] {
	return func(a, b Item) int { return order(b, a) }
}

// Sorted returns the items in order, in a slice of their own; equal items stay as they were.
func Sorted[Item any](items []Item, order Order[Item]) []Item {
	sorted := ordered[Item]{append([]Item(nil), items...), order}
	sort.Stable(sorted)
	return sorted.items
}

type ordered[Item any] struct {
	items []Item
	order Order[Item]
}

func (o ordered[Item]) Len() int           { return len(o.items) }
func (o ordered[Item]) Less(i, j int) bool { return o.order(o.items[i], o.items[j]) < 0 }
func (o ordered[Item]) Swap(i, j int)      { o.items[i], o.items[j] = o.items[j], o.items[i] }
