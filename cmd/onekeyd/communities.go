package main

import (
	"sync"
	"time"

	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// communities knows how many elders each community has. Counting reads every
// elder, about a second for a million, so it is done beside, for one version of
// the directory at a time; until then the counts before it stand.
type communities struct {
	mu       sync.Mutex // guards what follows
	counted  uint64     // version of the directory
	counting bool
	rest     time.Time // no count begins before
	elders   map[string]int
}

// population is how many elders a community has, 0 while nobody has counted.
func (d *daemon) population(community string) int {
	return d.communities.look(d.registry.Snapshot(), community)
}

func (c *communities) look(s *registry.Snapshot, community string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if began := time.Now(); c.counted != s.Version() && !c.counting && !began.Before(c.rest) {
		c.counting = true
		go func() {
			elders := countCommunities(s)
			ended := time.Now()
			c.mu.Lock()
			defer c.mu.Unlock()
			c.counted, c.counting, c.elders = s.Version(), false, elders
			c.rest = ended.Add(countRest * ended.Sub(began))
		}()
	}
	return c.elders[community]
}

func countCommunities(s *registry.Snapshot) map[string]int {
	areas, of := s.Areas(), map[string]string{}
	elders := map[string]int{}
	for e := range s.Elders() {
		home := e.Premises.Area
		community, known := of[home]
		if !known {
			for _, code := range areas.Ancestors(home) {
				if a, ok := areas.Get(code); ok && a.Level == geo.Community {
					community = code
					break
				}
			}
			of[home] = community
		}
		elders[community]++
	}
	delete(elders, "")
	return elders
}
