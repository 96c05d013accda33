"""Broadcasts: one frame after the other, each to all connections of a server, and what a connection that does not read does to it."""
from build import frame, out
from measure import Run
from report import allocated, cpu, duration, failure, good, line, load, number, origin, ratio, value
from servers import LOAD_SERVER, Spec

GROUP = [*LOAD_SERVER, "--handler", "group"]
EACH = [*LOAD_SERVER, "--handler", "each"]
LINUX = ["--transport", "linux"]
SERVERS = {
    "C": Spec([out("echo"), "-p", "{port}", "--all"]),
    "each": Spec(EACH),
    "group": Spec(GROUP),
    "each, Linux": Spec([*EACH, *LINUX]),
    "group, Linux": Spec([*GROUP, *LINUX]),
}
CASES = {f"{n}x{body}": (f"{n:,} connections, {title}", n, body)
         for body, title in ((32, "32 B"), (1 << 10, "1 KiB")) for n in (100, 1_000, 10_000)}
# A connection that does not read has 3.6 MB in the kernel's buffers before it is slow: that is seconds at the warm-up's end.
SLOW_SERVERS = {
    "all read": Spec(GROUP),
    **{slow: Spec([*GROUP, "--slow", slow.lower()]) for slow in ("Wait", "Drop", "Close")},
}
SLOW_CASES = {
    "slow-100": ("100 connections, 1 KiB", 100, 1 << 10),
    "slow-1000": ("1,000 connections, 16 KiB", 1_000, 16 << 10),
}
SLOW_WARM = 3
# Broadcasts before the first measured second: connections, body.
HEAT = ((100, 32), (1_000, 1 << 10))
KEPT, DRY = "broadcast.jsonl", "broadcast-dry.jsonl"


class Fan(Run):
    """Servers that are alive at once and broadcast in turns."""

    def __init__(self, options, specs):
        super().__init__(options, specs, kept(options))

    def heat(self, server):
        for connections, body in HEAT:
            result = self.fan(server, connections, body, ["-w", 0, "-t", self.options.heat / 2])
            if result.get("fail") or result.get("errors") or not result.get("frames"):
                raise RuntimeError(f"{server.name} does not broadcast {body:,} bytes: {result}")

    def once(self, server, case):
        o, (_, connections, body) = self.options, case
        is_slow = server.name in SLOW_SERVERS
        arguments = ["-w", SLOW_WARM if is_slow else o.warm, "-t", o.secs]
        return self.fan(server, connections, body, [*arguments, "--hold", 0.5, *(["--slow"] if is_slow and server.name != "all read" else [])])

    def fan(self, server, connections, body, arguments):
        seen, reports = len(server.allocations()), ["--report"] if server.spec.reports else []
        result = self.generate(
            server, ["fan", "-c", connections, "-f", frame(server.spec.kind, body), "--srcs", 8, *arguments, *reports], 30)
        if reports and result.get("frames"):
            result["allocated"] = self.allocated(server, seen) / result["frames"]
        return result


def kept(options):
    """The file of the results: what only shows that it runs is not kept with what was measured."""
    return DRY if options.dry else KEPT


def rows(servers):
    limit, each = good(servers.get("C", [])), None
    for name, results in servers.items():
        each = good(results) if name.startswith("each") else each
        if failure(results):
            yield [name, failure(results), *[""] * 6]
            continue
        is_ours = name != "C"
        yield [name, number(value(results, "broadcasts_per_s")), number(value(results, "fps")), duration(cpu(results)),
               ratio(cpu(results), cpu(limit)), ratio(cpu(results), cpu(each)) if is_ours and each else "",
               duration(value(results, "p50") * 1e3), allocated(value(results, "allocated"))]


def table(cases):
    yield "| connections, body | server | broadcasts/s | frames/s | CPU per frame | of C | of *each* | p50 of a broadcast | allocated per frame |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for case in (c for c in CASES if c in cases):
        yield f"| *{CASES[case][0]}* |" + " |" * 8
        ordered = {name: cases[case][name] for name in SERVERS if name in cases[case]}
        for cells in rows(ordered):
            yield line(["", *cells], cells[0].startswith("group"))


def fate(name, results):
    """What became of the connection that did not read, in the last of the runs."""
    last = results[-1]
    if name == "all read":
        return ""
    if last["held"]:
        return f"held everybody up after {last['held_after']:,} broadcasts; read then, and had all {last['slow_got']:,}"
    if last["slow_closed"]:
        return "was ended"
    full = "" if last["slow_got"] <= last["before"] else ", but was full only while it was measured"
    return f"stayed; had {last['slow_got']:,} of {last['sent']:,}{full}"


def slow_table(cases):
    yield "| connections, body | `SlowConsumer` | broadcasts/s to the others | of all reading | the slow one |"
    yield "|---|---|--:|--:|---|"
    for case in (c for c in SLOW_CASES if c in cases):
        yield f"| *{SLOW_CASES[case][0]}* | | | | |"
        reading = value(good(cases[case].get("all read", [])), "broadcasts_per_s")
        for name in (n for n in SLOW_SERVERS if n in cases[case]):
            results = cases[case][name]
            rate = value(results, "broadcasts_per_s")
            yield line(["", name, *([failure(results), "", ""] if failure(results) else
                        [number(rate), ratio(rate, reading), fate(name, results)])], False)


def markdown(options):
    cases = load(out(kept(options)))
    yield origin(cases)
    if any(c in cases for c in CASES):
        yield ""
        yield from table(cases)
    if any(c in cases for c in SLOW_CASES):
        yield ""
        yield from slow_table(cases)


def measure(options, cases):
    """Takes the cases chosen; the first sort of them on servers of their own."""
    for specs, chosen in ((SERVERS, CASES), (SLOW_SERVERS, SLOW_CASES)):
        chosen = {c: chosen[c] for c in chosen if c in cases}
        specs = {n: s for n, s in specs.items() if not s.missing()}
        if chosen:
            Fan(options, specs).interleaved(chosen)
            options.append = True


def files_needed(cases):
    """How many files the server and the generator each have open at most; the server's library keeps 256 free for itself."""
    return max(*((CASES | SLOW_CASES)[c][1] for c in cases), *(connections for connections, _ in HEAT)) + 300
