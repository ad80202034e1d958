package main

import (
	"fmt"
	"io"
)

// report is what a run prints: times in ms unless the name says otherwise.
type report struct {
	Rooms            int          `json:"rooms"`
	Participants     int          `json:"participants"`
	Stalled          int          `json:"stalled"`
	Connections      int          `json:"connections"`
	ConnectSeconds   float64      `json:"connect_s"`
	RSSBeforeKB      int          `json:"rss_before_kb"`
	RSSConnectedKB   int          `json:"rss_connected_kb"`
	KBPerConnection  float64      `json:"kb_per_connection"`
	Steps            []stepReport `json:"steps,omitempty"`
	SustainedPerS    float64      `json:"sustained_deliveries_per_s"`
	Crowd            []crowdCost  `json:"crowd,omitempty"`
	IdleCPUPerMinute float64      `json:"idle_cpu_s_per_minute"`
}

type stepReport struct {
	Rate          float64 `json:"rate"` // commands per second and room; 0: closed loop
	Commands      int     `json:"commands"`
	Deliveries    int     `json:"deliveries"`
	OfferedPerS   float64 `json:"offered_deliveries_per_s"`
	DeliveriesS   float64 `json:"deliveries_per_s"`
	Delivery      spread  `json:"delivery_ms"`
	Room          spread  `json:"room_ms"` // command to the last participant
	SendLag       spread  `json:"send_lag_ms"`
	Clock         spread  `json:"clock_ms"` // a clock message's round trip
	Lost          int     `json:"lost"`
	Duplicated    int     `json:"duplicated"`
	Reordered     int     `json:"reordered"`
	Late          int     `json:"late"`
	Refused       int     `json:"refused"`
	Unanswered    int     `json:"unanswered"`
	Disconnected  int     `json:"disconnected"`
	Sustained     bool    `json:"sustained"`
	CPUPerMillion float64 `json:"server_cpu_s_per_million"`
	BesidePerM    float64 `json:"beside_cpu_s_per_million"`
	RSSKB         int     `json:"rss_kb"`
	usage
}

// describe turns a step's tally into its report. limit is the p99 of a delivery in ms up to which it is sustained.
func describe(t *tally, s step, readers int, u usage, rss int, limit float64) stepReport {
	span := max(float64(t.lastAt-t.from)/1e9, s.measure.Seconds())
	r := stepReport{Rate: s.rate, Commands: t.measured, Deliveries: t.deliveries, OfferedPerS: s.rate * float64(readers),
		DeliveriesS: round3(float64(t.deliveries) / span), Delivery: t.delivery.spread(), Room: t.room.spread(),
		SendLag: t.lag.spread(), Clock: t.clock.spread(), Lost: t.lost, Duplicated: t.duplicated, Reordered: t.reordered,
		Late: t.late, Refused: t.refused, Unanswered: t.unanswered, Disconnected: t.gone, RSSKB: rss, usage: u}
	if t.all > 0 {
		r.CPUPerMillion = round3(u.ServerCPU / float64(t.all) * 1e6)
		r.BesidePerM = round3(u.BesideCPU / float64(t.all) * 1e6)
	}
	r.Sustained = t.deliveries > 0 && t.lost == 0 && t.gone == 0 && t.unanswered == 0 && r.Delivery.P99 <= limit &&
		r.DeliveriesS >= .95*r.OfferedPerS
	return r
}

func (r stepReport) print(to io.Writer) {
	load := fmt.Sprintf("%g/s", r.Rate)
	if r.Rate == 0 {
		load = "closed"
	}
	wait := "?"
	if r.CPUWaitShare != nil {
		wait = fmt.Sprintf("%.2f", *r.CPUWaitShare)
	}
	fmt.Fprintf(to, "%8s  %8.0f deliveries/s  delivery p50 %.3f p99 %.3f ms  to the last p50 %.3f p99 %.3f ms  "+
		"lost %d dup %d reordered %d cut off %d  CPU s/million %.1f + %.1f  lag p99 %.3f  own CPU %.2f  cpu wait %s\n",
		load, r.DeliveriesS, r.Delivery.P50, r.Delivery.P99, r.Room.P50, r.Room.P99, r.Lost, r.Duplicated, r.Reordered,
		r.Disconnected, r.CPUPerMillion, r.BesidePerM, r.SendLag.P99, r.OwnShare, wait)
}
