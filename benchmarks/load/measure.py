"""Drives the generator against servers that are all alive at once, in turns, and keeps what it says."""
import fcntl
import json
import os
import platform
import subprocess
import time

from build import frame, out
from servers import Server

# id: title, mode, connections, frames in flight on each, bytes of the body
CASES = {
    "i": ("1 connection × 1 in flight, 32 B", "tcp", 1, 1, 32),
    "ii": ("64 × 1, 32 B", "tcp", 64, 1, 32),
    "iii": ("1 × 128, 32 B", "tcp", 1, 128, 32),
    "iv": ("64 × 32, 32 B", "tcp", 64, 32, 32),
    "v": ("16 × 8, 16 KiB", "tcp", 16, 8, 16 << 10),
    "vi": ("4 × 2, 1 MiB", "tcp", 4, 2, 1 << 20),
    "vii": ("5,000 idle connections", "idle", 5000, 1, 32),
    "viii": ("connect, echo 32 B, close; 16 at a time", "connect", 16, 1, 32),
}
BODIES = (0, 32, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20)
GROWTH = {
    **{f"c{n}": (f"{n:,} connections × 4, 32 B", "tcp", n, 4, 32) for n in (1, 10, 100, 1000, 5000)},
    **{f"b{n}": (f"4 × 2, body of {n:,} B", "tcp", 4, 2, n) for n in BODIES},
}
SHOWN = ("fail", "fps", "connects_per_s", "p50", "p99", "srv_cpu", "gen_cpu", "other_cpu", "workers", "allocated",
         "bytes_per_conn_idle", "bytes_per_conn_touched", "errors", "note")
# Mixed traffic before the first measured second: body, connections, frames in flight, and this part of the time.
HEAT = ((32, 8, 16, 3), (32, 64, 1, 3), (16 << 10, 4, 4, 1), (1 << 20, 2, 2, 1))
# And connections that come and go, for their part of it: each measurement begins and ends with some.
HEAT_CONNECTING = 2


def generate(server, arguments, limit, core):
    command = [out("load"), *map(str, arguments), "-p", str(server.port), "--pid", str(server.pid), "--cpu", str(core)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
        result = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"fail": "time limit"}
    except ValueError:
        return {"fail": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    if done.stderr.strip():
        result["note"] = done.stderr.strip().splitlines()[0]
    return result


def machine(options):
    dotnet = subprocess.run(["dotnet", "--version"], capture_output=True, text=True).stdout.strip()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        cpu = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), platform.machine())
    return (f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, .NET SDK {dotnet}; server on core {options.server_core}, "
            f"generator on core {options.generator_core}; medians of {options.reps} runs of {options.secs:g} s"
            f"{f' with each of {options.processes} processes' if options.processes > 1 else ''}{', the generator polling' if options.spin else ''}.")


class Run:
    """One comparison: the servers of one run, and the file its results go to."""

    def __init__(self, options, specs, kept="results.jsonl"):
        self.options, self.specs, self.context = options, specs, machine(options)
        self.lock = open(options.lock, "a", encoding="utf-8")
        self.results = open(out(kept), "a" if options.append else "w", encoding="utf-8")

    def start(self, name):
        return Server(name, self.specs[name], self.options.server_core)

    def interleaved(self, cases):
        """All servers alive; each round takes every case, and the servers in turn, the other way round every second time."""
        for process in range(self.options.processes):
            servers = []
            try:
                for name in self.specs:
                    servers.append(self.start(name))
                    self.heat(servers[-1])
                for turn in range(process * self.options.reps, (process + 1) * self.options.reps):
                    for case in cases:
                        for server in servers if turn % 2 == 0 else reversed(servers):
                            self.keep(server, case, turn, self.calm(server, cases[case]))
            finally:
                for server in servers:
                    server.stop()

    def idle(self, case):
        """A fresh server each time: memory that was once used stays with a process."""
        title, mode, connections, _, body = CASES[case]
        for turn in range(self.options.reps):
            for name in self.specs:
                server = self.start(name)
                try:
                    file = frame(server.spec.kind, body)
                    self.generate(server, ["tcp", "-c", 4, "-d", 4, "-f", file, "-w", 0, "-t", 1], 20)
                    time.sleep(1)
                    self.keep(server, case, turn, self.generate(
                        server, [mode, "-c", connections, "--touch", "-f", file, "--hold", 2, "--srcs", 8], 90))
                finally:
                    server.stop()

    def heat(self, server):
        for body, connections, depth, part in HEAT:
            file = frame(server.spec.kind, body)
            report = ["--report"] if server.spec.reports else []
            self.heat_part(server, part, f"does not echo {body:,} bytes", "frames", [
                "tcp", "-c", connections, "-d", depth, "-f", file, "-w", 0, "--verify", *report])
        self.heat_part(server, HEAT_CONNECTING, "does not take connections", "conns", [
            "connect", "-c", 16, "-f", frame(server.spec.kind, 32), "-w", 0, "--srcs", 200])

    def heat_part(self, server, part, failure, count, arguments):
        seconds = self.options.heat * part / (sum(h[3] for h in HEAT) + HEAT_CONNECTING)
        result = self.generate(server, [*arguments, "-t", seconds], seconds + 20)
        if result.get("fail") or result.get("errors") or not result.get(count):
            raise RuntimeError(f"{server.name} {failure}: {result}")

    def calm(self, server, case):
        """The least disturbed of several tries: other processes share the machine. A failure is a result, however disturbed."""
        best = None
        for _ in range(self.options.retry + 1):
            result = self.once(server, case)
            if result.get("fail") or result.get("errors"):
                return result
            if best is None or result.get("other_cpu", 9) < best.get("other_cpu", 9):
                best = result
            if best.get("other_cpu", 9) < self.options.max_other:
                break
        return best

    def once(self, server, case):
        _, mode, connections, depth, body = case
        o, reports = self.options, mode == "tcp" and server.spec.reports
        arguments = [mode, "-c", connections, "-f", frame(server.spec.kind, body), "-w", o.warm, "-t", o.secs]
        arguments += ["-d", depth, "--srcs", 8 if connections > 1000 else 1] if mode == "tcp" else ["--srcs", 200]
        arguments += ["--spin"] if o.spin else []
        seen = len(server.allocations())
        result = self.generate(server, [*arguments, *(["--report"] if reports else [])], o.warm + o.secs + 20)
        if reports and result.get("frames"):
            result["allocated"] = self.allocated(server, seen) / result["frames"]
        result["workers"] = server.workers()
        return result

    @staticmethod
    def allocated(server, seen):
        """The bytes allocated between the two reports that the generator asked for."""
        for _ in range(100):
            told = server.allocations()[seen:]
            if len(told) == 2:
                return told[1] - told[0]
            time.sleep(0.02)
        raise RuntimeError(f"{server.name} did not report its allocations")

    def generate(self, server, arguments, limit):
        """One run of the generator; runs of several comparisons on one machine wait for each other."""
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            return generate(server, arguments, limit, self.options.generator_core)
        finally:
            fcntl.flock(self.lock, fcntl.LOCK_UN)

    def keep(self, server, case, turn, result):
        if server.process.poll() is not None:
            raise RuntimeError(f"{server.name} ended in case {case} with status {server.process.returncode}; see {server.log}")
        result.update(server=server.name, case=case, turn=turn, context=self.context)
        self.results.write(json.dumps(result) + "\n")
        self.results.flush()
        told = (f"{key}={self._short(result[key])}" for key in SHOWN if key in result)
        print(f"{case:>9} #{turn + 1} {server.name:22}", *told, flush=True)

    @staticmethod
    def _short(value):
        return f"{value:.4g}" if isinstance(value, float) else value
