package welfare

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// columns are the names of the CSV's columns, in English whatever language its
// words are in: programs read them.
func columns() []string {
	return []string{"rank", "risk", "why", "name", "age", "sex", "phone", "address", "floor", "area", "hints", "medical_note",
		"contact", "relation", "contact_phone", "call", "code", "gathered", "device", "elder"}
}

// utf8Mark tells spreadsheets that a file is UTF-8; without it they show Chinese as rubbish.
const utf8Mark = "\ufeff"

// CSV writes the whole list. mark puts a byte order mark in front, for spreadsheets.
func (l *List) CSV(to io.Writer, w words, zone *time.Location, mark bool) error {
	if mark {
		if _, err := io.WriteString(to, utf8Mark); err != nil {
			return fmt.Errorf("write the welfare list: %w", err)
		}
	}
	out := csv.NewWriter(to)
	if err := out.Write(columns()); err != nil {
		return fmt.Errorf("write the welfare list: %w", err)
	}
	for r := range l.rows(w, zone, 0) {
		age := ""
		if r.Age > 0 {
			age = strconv.Itoa(r.Age)
		}
		if err := out.Write([]string{
			strconv.Itoa(r.Rank), strconv.Itoa(r.Risk), safe(r.Why), safe(r.Name), age, r.Sex, safe(r.Phone), safe(r.Address), safe(r.Floor), safe(r.Area), safe(r.Hints), yes(r.Medical),
			safe(r.Contact), safe(r.Relation), safe(r.ContactPhone), safe(r.Call), safe(r.Code), yes(r.Gathered), safe(r.Devices), safe(r.ID),
		}); err != nil {
			return fmt.Errorf("write the welfare list: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the welfare list: %w", err)
	}
	return nil
}

// safe keeps a spreadsheet from taking what somebody wrote for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection). A telephone number
// begins with + and is marked, too: unmarked it would be shown as a rounded number.
func safe(s string) string {
	if strings.HasPrefix(strings.TrimLeft(s, " \u00a0"), "'") || strings.ContainsAny(head(s), "=+-@\t\r\n＝＋－＠") {
		return "'" + s
	}
	return s
}

// head is the first character of s behind spaces, which a spreadsheet trims.
func head(s string) string {
	for _, r := range strings.TrimLeft(s, " \u00a0") {
		return string(r)
	}
	return ""
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
