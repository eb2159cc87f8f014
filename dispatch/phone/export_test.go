package phone

// Normal is a parser, with and without what it remembers.
func Normal(region string) (quick, slow func(string) (e164, unassigned string, err error)) {
	p := New(region)
	return p.E164, p.parse
}
