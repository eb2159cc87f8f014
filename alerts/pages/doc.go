// Package pages is what those who were told of a call see on their telephones:
// the responder's page /r/TOKEN and the family's page /f/TOKEN.
//
// # Promise
//
// A page works without JavaScript, over a slow line and in the browser inside a
// chat program: one request brings all that is needed to read and act, and every
// action is a form. A GET never acts and never counts as seen, because previews
// and scanners fetch links. What a person may see grows with what they took on:
// before accepting, a responder learns the building, not the door; the access
// note and medical data are given out by a POST after acceptance, which is
// audited. The family's page has no medical data, no access note, no telephone
// number but the centre's, and no places of people.
//
// # Links
//
// A token is 128 bits of a keyed hash over role, incident and person ([Seals]),
// so nothing is stored for a link and every node makes the same one. It is
// looked up in a table of those who were told: a guess costs one look-up and no
// hashing. A responder's link ends two hours after the incident, the family's
// after a day ([responderAfter], [familyAfter]); unknown, ended and revoked
// links get one and the same answer. A new key makes every older link void.
//
// # Ordering and limits
//
// A page shows the incident as the board has it when it is asked for; the page
// asks every few seconds and gets 204 while nothing changed. Each link has a
// budget of requests ([pace]); beyond it the answer is 429. At most
// [keptEnded] closed incidents are remembered, the oldest go first.
//
// # Concurrency
//
// The package starts no goroutine. [Pages.Keep] is called by whoever follows the
// board and takes microseconds. One RWMutex guards the table and is never held
// across a call to a port other than [Seals], which does not wait.
package pages
