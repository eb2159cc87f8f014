package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"onekeyd/dispatch"
)

// clipToken bounds what is shown of a token that is no device id, in
// characters, quotes and escapes included. Together with the reason it stays
// below what a defect may take on its way.
const clipToken = 80

// deviceOf is the device of a press's subject. A publisher may name one that no
// case can be kept under; the server has acknowledged the press all the same,
// so it gets a stand-in, and the desk is told the name.
func deviceOf(subject string) (d dispatch.DeviceID, defect string) {
	token := subject[strings.LastIndexByte(subject, '.')+1:]
	err := dispatch.CheckID(token)
	if err == nil {
		return dispatch.DeviceID(token), ""
	}
	shown := []rune(strconv.Quote(token)) // escapes all that cannot be printed
	if len(shown) > clipToken {
		shown = append(shown[:clipToken-1], '…')
	}
	return standIn(token), fmt.Sprintf("subject names no usable device: %s %v", string(shown), err)
}

// standIn is the id of a device whose own name cannot be one: the same at every
// press, so that they join, with 48 bits of the name's hash.
func standIn(token string) dispatch.DeviceID {
	sum := sha256.Sum256([]byte(token))
	return dispatch.DeviceID("unreadable-" + hex.EncodeToString(sum[:6]))
}

// streamID is the id of a press that came without one.
func streamID(stream string, seq uint64) dispatch.PressID {
	return dispatch.PressID(stream + ":" + strconv.FormatUint(seq, 10))
}

// looksLikeStreamID tells that a given id has the form of [streamID]'s. It must
// not count: the press that gets that id from its stream would be taken for a
// retransmission of the one that claimed it, and nobody would come.
func looksLikeStreamID(id dispatch.PressID) bool {
	rest, ok := strings.CutPrefix(string(id), pressStreams)
	if !ok {
		return false
	}
	colon := strings.LastIndexByte(rest, ':')
	return colon >= 0 && colon+1 < len(rest) && strings.Trim(rest[colon+1:], "0123456789") == ""
}
