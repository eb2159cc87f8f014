package plans

// The shape of a file. Values are any, so that a wrong one is reported at its
// place beside all others, instead of ending the reading.

type file struct {
	Default   planTable        `toml:"default"`
	Community []communityTable `toml:"community"`
}

type communityTable struct {
	Area any `toml:"area"`
	planTable
}

type planTable struct {
	Name      any           `toml:"name"`
	Unseen    any           `toml:"unseen"`
	Speed     any           `toml:"speed"`
	Detour    any           `toml:"detour"`
	FreshFor  any           `toml:"fresh_for"`
	UsableFor any           `toml:"usable_for"`
	Desk      []deskTable   `toml:"desk"`
	OnCall    []onCallTable `toml:"on_call"`
	Waits     waitsTable    `toml:"waits"`

	SOS        askTable `toml:"sos"`
	Fall       askTable `toml:"fall"`
	Inactivity askTable `toml:"inactivity"`
	Service    askTable `toml:"service"`

	Storm  askTable    `toml:"storm"`
	Gather gatherTable `toml:"gather"`
}

type gatherTable struct {
	Devices any `toml:"devices"`
	Share   any `toml:"share"`
	Least   any `toml:"least"`
	Within  any `toml:"within"`
	Calm    any `toml:"calm"`
}

type askTable struct {
	Shares   []shareTable `toml:"shares"`
	Enough   any          `toml:"enough"`
	OfferFor any          `toml:"offer_for"`
	Family   any          `toml:"family"`
	Arrive   any          `toml:"arrive"`
	Remind   any          `toml:"remind"`
	Tiers    []tierTable  `toml:"tiers"`
}

type shareTable struct {
	Kinds any `toml:"kinds"`
	Count any `toml:"count"`
	Words any `toml:"words"`
	Stays any `toml:"stays"`
}

type tierTable struct {
	After  any          `toml:"after"`
	Shares []shareTable `toml:"shares"`
	Call   any          `toml:"call"`
	Family any          `toml:"family"`
	Every  any          `toml:"every"`
}

type deskTable struct {
	After any `toml:"after"`
	Do    any `toml:"do"`
}

type waitsTable struct {
	Sent      any `toml:"sent"`
	Delivered any `toml:"delivered"`
	Answer    any `toml:"answer"`
	Calls     any `toml:"calls"`
	Move      any `toml:"move"`
	Arrive    any `toml:"arrive"`
	ArriveETA any `toml:"arrive_eta"`
	Remind    any `toml:"remind"`
	Close     any `toml:"close"`
}

type onCallTable struct {
	Role     any `toml:"role"`
	Name     any `toml:"name"`
	Phone    any `toml:"phone"`
	Language any `toml:"language"`
	Hours    any `toml:"hours"`
}
