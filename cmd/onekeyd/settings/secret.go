package settings

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that no log line, error or dump shows. Only [Secret.Reveal]
// gives it away, so a search for that word finds every place it goes.
type Secret struct{ value string }

// NewSecret hides s.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether there is one.
func (s Secret) IsSet() bool { return s.value != "" }

// String says whether there is one.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "[secret]"
}

// Format is String for every verb: %d or %#v would print the value otherwise.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String: for JSON, TOML and whatever else writes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes a secret from a file.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
