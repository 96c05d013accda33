"""Turns kept results into Markdown: the table, and charts of it."""
import json
import os
from statistics import median

from build import ROOT
from measure import CASES, GROWTH

LIMIT, PEER, OURS = "C bytes", "Kestrel", "FramedSockets"


def load(path):
    """{case: {server: [result]}}, in the order of the run."""
    cases = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            result = json.loads(line)
            cases.setdefault(result["case"], {}).setdefault(result["server"], []).append(result)
    return cases


def value(results, key):
    """The median of a figure over the repetitions that have it."""
    known = [r[key] for r in results if key in r]
    return median(known) if known else None


def rate(results):
    return value(results, "fps") or value(results, "connects_per_s")


def cpu(results):
    """Nanoseconds of the server's CPU time, user and system, per frame (or connection)."""
    known = [r["srv_cpu"] / (r.get("fps") or r["connects_per_s"]) * 1e9 for r in results
             if "srv_cpu" in r and (r.get("fps") or r.get("connects_per_s"))]
    return median(known) if known else None


def ratio(a, b):
    return f"{a / b:.2f}" if a is not None and b else ""


def number(x):
    return "" if x is None else f"{x / 1e6:.2f} M" if x >= 1e6 else f"{x:,.0f}" if x >= 100 else f"{x:.1f}"


def duration(ns):
    return "" if ns is None else f"{ns / 1e3:,.1f} µs" if ns >= 1000 else f"{ns:.0f} ns"


def allocated(x):
    return "" if x is None else f"{x:,.0f} B" if x >= 9.5 or x < 0.05 else f"{x:.1f} B"


def failure(results):
    """Why a server failed in any of the repetitions; None where it did not."""
    return next((r["fail"] for r in results if "fail" in r), None) or ("errors" if any(r.get("errors") for r in results) else None)


def failures(path):
    """What did not go as it should, of all that is kept."""
    return [f"{case}, {name}: {failure(results)}" for case, servers in load(path).items() for name, results in servers.items() if failure(results)]


def good(results):
    """What others are measured by: nothing where a repetition failed."""
    return [] if failure(results) else results


def rows(case, servers):
    limit, peer = good(servers.get(LIMIT, [])), good(servers.get(PEER, []))
    for name, results in servers.items():
        if failure(results):
            yield [case, name, failure(results)] + [""] * 8
            continue
        yield [case, name, number(rate(results)), ratio(rate(results), rate(limit)), ratio(rate(results), rate(peer)),
               duration(cpu(results)), ratio(cpu(results), cpu(limit)), ratio(cpu(results), cpu(peer)),
               number(value(results, "p50")), number(value(results, "p99")), allocated(value(results, "allocated"))]


def line(cells, ours):
    return "| " + " | ".join(f"**{c}**" if ours and c else c for c in cells) + " |"


def table(cases, titles):
    yield "| case | server | frames/s | of C | of Kestrel | CPU per frame | of C | of Kestrel | p50 µs | p99 µs | allocated per frame |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for case in (c for c in titles if c in cases and c != "vii"):
        yield f"| **({case})** | *{titles[case][0]}* |" + " |" * 9
        for cells in rows("", cases[case]):
            yield line(cells, cells[1].startswith(OURS))


def memory(servers):
    yield ""
    yield "(vii) 5,000 idle connections: resident memory of the server per connection; the kernel's buffers are not in it."
    yield ""
    yield "| server | connected | of Kestrel | after one frame each | of Kestrel |"
    yield "|---|--:|--:|--:|--:|"
    peer = good(servers.get(PEER, []))
    for name, results in servers.items():
        cells = [name]
        for key in ("bytes_per_conn_idle", "bytes_per_conn_touched"):
            mine = None if failure(results) else value(results, key)
            cells += ["failed" if mine is None else f"{mine:,.0f} B", ratio(mine, value(peer, key))]
        yield line(cells, name.startswith(OURS))


def rounded(x, digits):
    """Without an exponent, which a chart does not take."""
    return f"{float(f'{x:.{digits}g}'):.10g}"


def chart(title, axis, labels, bars, curve):
    most = max([*bars, *curve]) * 1.1
    yield "\n```mermaid\nxychart-beta"
    yield f'    title "{title}"'
    yield "    x-axis [" + ", ".join(f'"{label}"' for label in labels) + "]"
    yield f'    y-axis "{axis}" 0 --> {rounded(most, 2)}'
    yield "    bar [" + ", ".join(rounded(x, 3) for x in bars) + "]"
    yield "    line [" + ", ".join(rounded(x, 3) for x in curve) + "]"
    yield "```"


def has_cpu(servers, names):
    return all(cpu(good(servers.get(name, []))) for name in names)


def charts(cases, titles):
    shown = [c for c in titles if c in cases and has_cpu(cases[c], (OURS, PEER, LIMIT))]
    if shown:
        of_c = {s: [cpu(cases[c][s]) / cpu(cases[c][LIMIT]) for c in shown] for s in (OURS, PEER)}
        title = "Server CPU per frame, C epoll loop = 1 (bars FramedSockets, line Kestrel)"
        yield from chart(title, "times C", shown, of_c[OURS], of_c[PEER])


def size(length):
    return f"{length >> 20} MiB" if length >= 1 << 20 else f"{length >> 10} KiB" if length >= 1 << 10 else f"{length} B"


def growth_charts(cases):
    def of(title, axis, shown, cost, label):
        shown = [c for c in shown if c in cases and has_cpu(cases[c], (OURS, LIMIT))]
        if shown:
            bars, curve = ([cost(c, cpu(cases[c][s])) for c in shown] for s in (OURS, LIMIT))
            yield from chart(f"{title} (bars FramedSockets, line C)", axis, [label(int(c[1:])) for c in shown], bars, curve)

    connections = [c for c in GROWTH if c[0] == "c"]
    large = [c for c in GROWTH if c[0] == "b" and GROWTH[c][4] >= 16 << 10]
    yield from of("CPU per frame of 32 B, by connections", "µs", connections, lambda c, ns: ns / 1e3, str)
    yield from of("CPU per KiB, by length of the body", "ns", large, lambda c, ns: ns / (GROWTH[c][4] >> 10), size)


def others(cases):
    """A sentence on what other processes took meanwhile."""
    other = [r["other_cpu"] for servers in cases.values() for results in servers.values() for r in results if "other_cpu" in r]
    return f" Other processes used {max(0, median(other)):.2f} cores (median of all runs; at most {max(other):.2f})." if other else ""


def origin(cases):
    """Where and how it was measured, of each run whose results were kept, and what else ran meanwhile."""
    known = [r["context"] for servers in cases.values() for results in servers.values() for r in results if "context" in r]
    return " ".join(dict.fromkeys(known)) + others(cases)


def markdown(path):
    cases = load(path)
    yield origin(cases)
    yield ""
    yield from table(cases, CASES)
    yield from charts(cases, CASES)
    if "vii" in cases:
        yield from memory(cases["vii"])
    if any(c in cases for c in GROWTH):
        yield ""
        yield from table(cases, GROWTH)
        yield from growth_charts(cases)


def put_into_readme(text, name):
    """Puts the text between the README's marks of that name, in the place of the last one."""
    path = os.path.join(ROOT, "benchmarks", "README.md")
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(f"<!-- {name} -->\n")
    after = rest.partition(f"<!-- end of {name} -->\n")[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}<!-- {name} -->\n\n{text}\n<!-- end of {name} -->\n{after}")
