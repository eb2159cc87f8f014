package registry

// column is one named field of a record as it is written in CSV and in the
// JSON of one record. DESIGN of record: the names are a contract.
type column struct {
	name     string
	required bool // must be in the header, and filled in every row
	most     int  // characters
}

// The columns of each kind, by position in a row.
const (
	elderID = iota
	elderName
	elderSex
	elderBirthYear
	elderPhone
	elderAddress
	elderArea
	elderLat
	elderLon
	elderDatum
	elderFloor
	elderLivingAlone
	elderLanguage
	elderHints
	elderMedical
	elderAccessNote
)

const (
	contactElder = iota
	contactRank
	contactName
	contactRelation
	contactPhone
	contactLanguage
)

const (
	deviceID = iota
	deviceElder
	deviceProtocol
	devicePhone
	deviceModel
)

const (
	responderID = iota
	responderName
	responderKind
	responderPhone
	responderLat
	responderLon
	responderDatum
	responderAreas
	responderLanguage
	responderOnDuty
	responderOrganisation
)

const (
	providerID = iota
	providerName
	providerCategories
	providerPhone
	providerLat
	providerLon
	providerDatum
	providerAreas
	providerLanguage
	providerOnDuty
	providerOrganisation
)

const maxColumns = 16

// The limits keep one record far below one message of the log, and a pasted
// document out of a field meant for a line.
const (
	idMost       = 64
	nameMost     = 100
	wordMost     = 40
	numberMost   = 32
	addressMost  = 300
	noteMost     = 1000
	medicalMost  = 4000
	areaListMost = 2000
)

// columnsOf gives the columns of a kind that has rows; areas have none.
func columnsOf(kind Kind) []column {
	switch kind {
	case Elders:
		return []column{
			elderID:          {"id", true, idMost},
			elderName:        {"name", true, nameMost},
			elderSex:         {"sex", false, wordMost},
			elderBirthYear:   {"birth_year", false, wordMost},
			elderPhone:       {"phone", false, wordMost},
			elderAddress:     {"address", true, addressMost},
			elderArea:        {"area", false, idMost},
			elderLat:         {"lat", true, numberMost},
			elderLon:         {"lon", true, numberMost},
			elderDatum:       {"datum", true, wordMost},
			elderFloor:       {"floor", false, wordMost},
			elderLivingAlone: {"living_alone", false, wordMost},
			elderLanguage:    {"language", false, wordMost},
			elderHints:       {"hints", false, noteMost},
			elderMedical:     {"medical", false, medicalMost},
			elderAccessNote:  {"access_note", false, noteMost},
		}
	case Contacts:
		return []column{
			contactElder:    {"elder_id", true, idMost},
			contactRank:     {"rank", true, wordMost},
			contactName:     {"name", true, nameMost},
			contactRelation: {"relation", false, wordMost},
			contactPhone:    {"phone", true, wordMost},
			contactLanguage: {"language", false, wordMost},
		}
	case Devices:
		return []column{
			deviceID: {"id", true, idMost},
			// Required in the header only, see parseDevice: a key in a drawer belongs to nobody.
			deviceElder:    {"elder_id", false, idMost},
			deviceProtocol: {"protocol", false, wordMost},
			devicePhone:    {"phone", false, wordMost},
			deviceModel:    {"model", false, nameMost},
		}
	case Responders:
		return []column{
			responderID:           {"id", true, idMost},
			responderName:         {"name", true, nameMost},
			responderKind:         {"kind", true, wordMost},
			responderPhone:        {"phone", true, wordMost},
			responderLat:          {"lat", true, numberMost},
			responderLon:          {"lon", true, numberMost},
			responderDatum:        {"datum", true, wordMost},
			responderAreas:        {"areas", false, areaListMost},
			responderLanguage:     {"language", false, wordMost},
			responderOnDuty:       {"on_duty", false, wordMost},
			responderOrganisation: {"organisation", false, addressMost},
		}
	case Providers:
		return []column{
			providerID:           {"id", true, idMost},
			providerName:         {"name", true, nameMost},
			providerCategories:   {"categories", true, addressMost},
			providerPhone:        {"phone", true, wordMost},
			providerLat:          {"lat", true, numberMost},
			providerLon:          {"lon", true, numberMost},
			providerDatum:        {"datum", true, wordMost},
			providerAreas:        {"areas", false, areaListMost},
			providerLanguage:     {"language", false, wordMost},
			providerOnDuty:       {"on_duty", false, wordMost},
			providerOrganisation: {"organisation", false, addressMost},
		}
	}
	return nil
}

// inHeader says whether a file without this column is refused. Without
// elder_id every key would lose its elder.
func (c column) inHeader() bool { return c.required || c.name == "elder_id" }
