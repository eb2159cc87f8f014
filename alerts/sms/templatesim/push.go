package templatesim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBatch is the most reports in one push (https://cloud.tencent.com/document/api/382/59178).
const maxBatch = 100

// report waits until a delivery report is due and puts it to those that gather.
func (s *Sim) report(m Message, rep Report) {
	if s.wait(s.ctx, answer{delay: time.Until(m.Received.Add(rep.After))}) != nil {
		return
	}
	m.State, m.Code = "delivered", rep.Code
	if rep.Code != "" {
		m.State = "failed"
	}
	s.mu.Lock()
	s.messages[m.Seq-1] = m
	s.due = append(s.due, m)
	first := !s.gathering
	s.gathering = true
	s.mu.Unlock()
	if first {
		s.start(s.gather)
	}
}

// gather waits for more reports and pushes them together.
func (s *Sim) gather() {
	if s.wait(s.ctx, answer{delay: s.opt.Gather}) != nil {
		return
	}
	s.mu.Lock()
	due, hook := s.due, s.hookURL
	s.due, s.gathering = nil, false
	s.mu.Unlock()
	if hook == "" {
		return
	}
	url := strings.TrimSuffix(hook, "/") + "/report"
	for len(due) > 0 {
		n := min(len(due), maxBatch)
		body := s.service.report(due[:n], !s.opt.NoSession)
		due = due[n:]
		s.start(func() {
			if s.push(s.ctx, url, body) != nil {
				s.insist(url, body)
			}
		})
	}
}

// insist repeats a push that was not taken.
func (s *Sim) insist(url string, body []byte) {
	for _, pause := range s.service.again() {
		if s.wait(s.ctx, answer{delay: pause}) != nil || s.push(s.ctx, url, body) == nil {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.GivenUp++
}

// push posts once.
func (s *Sim) push(ctx context.Context, url string, body []byte) error {
	err := s.post(ctx, url, body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Pushes++
	if err != nil {
		s.stats.PushesFailed++
	}
	return err
}

func (s *Sim) post(ctx context.Context, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.hooks.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if !s.service.taken(res.StatusCode, said) {
		return errors.New("push was answered " + res.Status + " " + string(said))
	}
	return nil
}
