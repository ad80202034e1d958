package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The kernel's clock tick, in which /proc/PID/stat counts; 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// family is the processes and all their descendants that are alive.
func family(pids []int) []int {
	var members []int
	met := map[int]bool{}
	for queue := append([]int(nil), pids...); len(queue) > 0; queue = queue[1:] {
		pid := queue[0]
		if met[pid] {
			continue
		}
		met[pid] = true
		if _, err := os.Stat(procPath(pid, "stat")); err != nil {
			continue
		}
		members = append(members, pid)
		lists, _ := filepath.Glob(procPath(pid, "task/*/children"))
		for _, list := range lists {
			text, _ := os.ReadFile(list) // the thread may have ended meanwhile; then it has no children
			for _, word := range strings.Fields(string(text)) {
				if child, err := strconv.Atoi(word); err == nil {
					queue = append(queue, child)
				}
			}
		}
	}
	return members
}

func procPath(pid int, name string) string { return fmt.Sprintf("/proc/%d/%s", pid, name) }

// cpuSeconds is the user and system time that the processes and their descendants have used.
func cpuSeconds(pids []int) float64 {
	total := 0
	for _, pid := range family(pids) {
		text, err := os.ReadFile(procPath(pid, "stat"))
		if err != nil {
			continue
		}
		total += statTicks(text)
	}
	return float64(total) / ticksPerSecond
}

// statTicks reads utime and stime (fields 14 and 15 of proc_pid_stat(5)); the name before them may hold anything.
func statTicks(stat []byte) int {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// residentKB is the resident memory of the processes and their descendants.
func residentKB(pids []int) int {
	total := 0
	for _, pid := range family(pids) {
		text, err := os.ReadFile(procPath(pid, "status"))
		if err != nil {
			continue
		}
		if _, line, found := strings.Cut(string(text), "VmRSS:"); found {
			kb, _ := strconv.Atoi(strings.Fields(line)[0])
			total += kb
		}
	}
	return total
}

func ownCPUSeconds() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// waitedMicroseconds is for how long, since boot, some task has waited for a processor (pressure stall information).
// ok is false where the kernel doesn't tell.
func waitedMicroseconds() (total int64, ok bool) {
	text, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	_, number, found := strings.Cut(line, "total=")
	total, err = strconv.ParseInt(number, 10, 64)
	return total, found && err == nil
}

// meter notes what the machine had spent when it was started.
type meter struct {
	server, beside []int
	started        time.Time
	serverCPU      float64
	besideCPU      float64
	ownCPU         float64
	waited         int64
}

// usage is what the machine spent between two moments. CPU in seconds, shares of the wall clock time.
type usage struct {
	WallSeconds  float64  `json:"wall_s"`
	ServerCPU    float64  `json:"server_cpu_s"`
	BesideCPU    float64  `json:"beside_cpu_s"`
	OwnShare     float64  `json:"own_cpu_share"`
	CPUWaitShare *float64 `json:"cpu_wait"`
}

func startMeter(server, beside []int) meter {
	waited, _ := waitedMicroseconds()
	return meter{server, beside, time.Now(), cpuSeconds(server), cpuSeconds(beside), ownCPUSeconds(), waited}
}

func (m meter) read() usage {
	wall := time.Since(m.started).Seconds()
	u := usage{WallSeconds: round3(wall), ServerCPU: round3(cpuSeconds(m.server) - m.serverCPU),
		BesideCPU: round3(cpuSeconds(m.beside) - m.besideCPU), OwnShare: round3((ownCPUSeconds() - m.ownCPU) / wall)}
	if waited, ok := waitedMicroseconds(); ok {
		share := round3(float64(waited-m.waited) / 1e6 / wall)
		u.CPUWaitShare = &share
	}
	return u
}
