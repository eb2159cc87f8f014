package twiliosim_test

import (
	"testing"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
)

func BenchmarkSend(b *testing.B) {
	o := twiliosim.Options{NoCallbacks: true, Behaviour: twiliosim.Always(twiliosim.Outcome{})}
	run := func(b *testing.B, s *twilio.Sender) {
		n := alerts.Notice{ID: "i37-c9-1", Kind: alerts.ResponderAlert, Lang: "zh", To: zhang, NotAfter: time.Now().Add(time.Hour), Params: map[string]string{
			"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Send(b.Context(), n); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sms/s")
	}
	b.Run("in-process", func(b *testing.B) {
		sim := twiliosim.New(o)
		defer sim.Close()
		sid, token := sim.Account()
		s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: sim.RoundTripper()}, From: from})
		if err != nil {
			b.Fatal(err)
		}
		run(b, s)
	})
	b.Run("loopback", func(b *testing.B) {
		sim, err := twiliosim.Start("127.0.0.1:0", o)
		if err != nil {
			b.Fatal(err)
		}
		defer sim.Close()
		sid, token := sim.Account()
		s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, BaseURL: sim.URL()}, From: from})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		run(b, s)
	})
}
