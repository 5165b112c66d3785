// Goroutines that wait for each other in every way that Go has.
package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func channels() {
	numbers, squares := make(chan int), make(chan int, 3)
	go func() {
		defer close(numbers)
		for n := 0; n < 10; n++ {
			numbers <- n
		}
	}()
	go func() {
		defer close(squares)
		for n := range numbers {
			squares <- n * n
		}
	}()
	sum := 0
	for square := range squares {
		sum += square
	}
	fmt.Println("channels:", sum)
}

func selects() {
	ticks, quit, words := make(chan int), make(chan struct{}), make(chan string, 2)
	go func() {
		for i := 0; i < 5; i++ {
			ticks <- i
			time.Sleep(time.Millisecond)
		}
		close(quit)
	}()
	var seen []string
	for running := true; running; {
		select {
		case tick := <-ticks:
			seen = append(seen, fmt.Sprint("tick ", tick))
			select {
			case words <- fmt.Sprint("word ", tick):
			default:
				seen = append(seen, "full")
			}
		case <-quit:
			running = false
		case <-time.After(time.Second):
			seen = append(seen, "late")
		}
	}
	close(words)
	for word := range words {
		seen = append(seen, word)
	}
	fmt.Println("selects:", strings.Join(seen, ", "))
}

type account struct {
	mutex   sync.Mutex
	balance map[string]int64
	log     []string
}

func (a *account) pay(who string, amount int64) (err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	defer func() {
		if err != nil {
			a.log = append(a.log, err.Error())
		}
	}()
	time.Sleep(time.Microsecond)
	if a.balance[who]+amount < 0 {
		return fmt.Errorf("%s lacks %d: %w", who, -(a.balance[who] + amount), errPoor)
	}
	a.balance[who] += amount
	return nil
}

var errPoor = errors.New("poor")

func mutexes() {
	bank := &account{balance: map[string]int64{}}
	var group sync.WaitGroup
	var failures atomic.Int32
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			who := []string{"ann", "bob", "cid"}[i%3]
			if err := bank.pay(who, int64(100-i*13)); errors.Is(err, errPoor) {
				failures.Add(1)
			}
		}()
	}
	group.Wait()
	sort.Strings(bank.log)
	fmt.Println("mutexes:", bank.balance, failures.Load(), bank.log)
}

func pool() {
	type job struct {
		id    int
		ratio float64
		big   uint64
	}
	jobs, results := make(chan job), make(chan string)
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for one := range jobs {
				ratio, big := one.ratio, one.big
				for step := 0; step < 3; step++ {
					time.Sleep(time.Duration(one.id%3) * time.Microsecond)
					ratio *= 1.5
					big = big*6364136223846793005 + uint64(step)
				}
				results <- fmt.Sprintf("%02d %.3f %x", one.id, ratio, big)
			}
		}()
	}
	go func() {
		for id := 0; id < 12; id++ {
			jobs <- job{id, float64(id) / 3, uint64(id) << 40}
		}
		close(jobs)
		group.Wait()
		close(results)
	}()
	var all []string
	for result := range results {
		all = append(all, result)
	}
	sort.Strings(all)
	fmt.Println("pool:", strings.Join(all, "; "))
}

func conditions() {
	var once sync.Once
	var lock sync.RWMutex
	cond := sync.NewCond(&sync.Mutex{})
	ready, shared := 0, 0
	var group sync.WaitGroup
	for i := 0; i < 6; i++ {
		group.Add(1)
		go func(id int) {
			defer group.Done()
			once.Do(func() { time.Sleep(time.Millisecond); shared = 1000 })
			cond.L.Lock()
			for ready == 0 {
				cond.Wait()
			}
			cond.L.Unlock()
			if id%2 == 0 {
				lock.Lock()
				shared += id
				lock.Unlock()
			} else {
				lock.RLock()
				_ = shared
				lock.RUnlock()
			}
		}(i)
	}
	time.Sleep(2 * time.Millisecond)
	cond.L.Lock()
	ready = 1
	cond.L.Unlock()
	cond.Broadcast()
	group.Wait()
	fmt.Println("conditions:", shared)
}

func timers() {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	stopped := time.NewTimer(time.Hour)
	count := 0
	for range ticker.C {
		if count++; count == 3 {
			break
		}
	}
	fired := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { fired <- true })
	fmt.Println("timers:", count, <-fired, stopped.Stop())
}

func main() {
	channels()
	selects()
	mutexes()
	pool()
	conditions()
	timers()
}
