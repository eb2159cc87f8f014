package dispatch

import (
	"context"
	"fmt"
	"unicode/utf8"
)

// HandOver asks another operator to take an incident over when a shift ends. It
// stays with whoever has it until the other one has confirmed by [Desk.TakeOver]:
// nobody's incident changes hands unseen. Only who has it can hand it over.
func (d *Desk) HandOver(ctx context.Context, id IncidentID, operator, to, text string) (*Incident, error) {
	if text = plain(text); len(text) > maxNote || !utf8.ValidString(text) {
		return nil, fmt.Errorf("a note has at most %d bytes of text: %w", maxNote, ErrRefused)
	}
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		switch {
		case to == "" || to == operator:
			return nil, fmt.Errorf("handed over to nobody else: %w", ErrRefused)
		case inc.Acked == nil || inc.Acked.Operator != operator:
			return nil, fmt.Errorf("%s does not have it: %w", operator, ErrRefused)
		}
		return []Fact{Noted{Operator: operator, Text: text, To: to}}, nil
	})
}
