package downlink

import (
	"context"
	"fmt"

	"onekeyd/dispatch"
)

// Publisher is a connection to NATS.
type Publisher interface {
	Publish(subject string, data []byte) error
}

// NATS speaks on downlink.<device>, to whoever listens at the moment.
type NATS struct{ Publisher Publisher }

// Say implements [Speaker].
func (n NATS) Say(_ context.Context, d dispatch.DeviceID, m Message) error {
	if err := n.Publisher.Publish("downlink."+string(d), m.Payload()); err != nil {
		return fmt.Errorf("publish downlink of device %s: %w", d, err)
	}
	return nil
}
