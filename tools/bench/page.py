"""The page after a year: what a first view weighs and takes, and how it answers many viewers, beside a static page.

A real collector process with a real mosquitto over a simulated store (page_store), started twice. After the first start
a few sites are asked for at once; then, when the collector has built all sites' reports ahead, sites that nobody has
looked at, the overview of all sites, and viewers in turns with the peer. After the second start viewers come at once;
it finds the reports of the first, as a collector does that is stopped and started again.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, sleep, time

import httpx

from collector.database import writing
from collector.page import ahead
from collector.people import sessions
from collector.records.registry import Site
from tools.bench import page_store
from tools.bench.measure import Tick
from tools.bench.page_load import FirstView, Load, Overviewed, first_view, load, overviewed
from tools.bench.page_store import CHAIN, Size
from tools.bench.result import Figure, Group, Target, rounded
from tools.bench.result import Line as Row
from tools.bench.site_days import CLOSES_H, OPENS_H
from tools.errors import ToolError
from tools.run.broker import HOST, free_port
from tools.run.child import Child, module, wait_until
from tools.run.line import Line, Plan

FIRST_BYTES_MAX = 300_000
FIRST_MS_MAX = 1000.0
P95_MS_MAX = 150.0
PEER_WAIT_S = 15.0
AHEAD_MAX_S = 1800.0
SITE_PATH = f"/?tenant={CHAIN}&site="
# What viewers open: every other time a site's page, else the list of sensors or their own account.
OTHERS = ("/fleet", "/account")


@dataclass(frozen=True, slots=True)
class PageResult:
    """See figures."""

    size: Size
    cold: tuple[FirstView, ...]  # of sites whose report was not built yet
    first: tuple[FirstView, ...]  # of sites that nobody had looked at, when all were built ahead
    ahead_s: float  # from the start until they were
    again_ms: float  # the HTML of a site that was just looked at
    overview: Overviewed
    browser: Mapping[str, float]  # of Chromium: see page_browser; empty where there is none
    ours: tuple[Load, ...]
    peers: tuple[Load, ...]
    storm: Load  # viewers who come with the start of the collector

    def figures(self) -> dict[str, Figure]:
        """See result.Result. first_*: an empty cache, a site nobody has looked at; loads: the median round.

        reached_*: until the page itself, where the viewer was told to come again.
        """
        first = self.first[0]
        figures: dict[str, Figure] = {
            "sites": self.size.sites,
            "days": self.size.days,
            "units": self.size.units,
            "stored_visits": self.size.rows,
            "first_bytes": max(one.bytes for one in self.first),
            "first_html_bytes": max(one.html_bytes for one in self.first),
            "first_files": first.files,
            "first_html_ms": median(one.html_ms for one in self.first),
            "cold_html_ms": median(one.html_ms for one in self.cold),
            "again_html_ms": self.again_ms,
            "ahead_s": self.ahead_s,
            "overview_first_ms": self.overview.first_ms,
            "overview_whole_s": self.overview.whole_s,
            "overview_again_ms": self.overview.again_ms,
            "overview_bytes": self.overview.bytes,
            "viewers": self.ours[0].viewers,
            "requests": sum(one.requests for one in self.ours),
            "failed": sum(one.failed for one in self.ours),
            "waited": sum(one.waited for one in self.ours),
        }
        for name in ("per_s", "p50_ms", "p95_ms", "p99_ms"):
            figures[name] = median(getattr(one, name) for one in self.ours)
            figures[f"peer_{name}"] = median(getattr(one, name) for one in self.peers)
        for name in ("reached_p50_ms", "reached_p95_ms"):
            figures[name] = median(getattr(one, name) for one in self.ours)
        for name in ("requests", "failed", "waited", "p50_ms", "p95_ms", "reached_p50_ms", "reached_p95_ms"):
            figures[f"start_{name}"] = getattr(self.storm, name)
        return rounded({**figures, **self.browser})

    def groups(self) -> Sequence[Group]:
        """See result.Result."""
        figures = self.figures()
        return tuple(
            Group(unit, (Row("pages", float(figures[name])), Row("a static page", float(figures[f"peer_{name}"]))))
            for name, unit in (
                ("p50_ms", "ms an answer, median"),
                ("p95_ms", "ms an answer, p95"),
                ("p99_ms", "ms an answer, p99"),
                ("per_s", "answers a second that viewers asked for"),
            )
        )

    def targets(self) -> Sequence[Target]:
        """See result.Result."""
        figures = self.figures()
        first_ms = float(figures.get("first_paint_ms", figures["first_html_ms"]))
        return (
            Target("the first view of a site under 300 kB", float(figures["first_bytes"]), FIRST_BYTES_MAX, True),
            Target("the first view of a site under 1 s", first_ms, FIRST_MS_MAX, True, True),
            Target(
                "the same right after a start, its report not built yet",
                float(figures.get("cold_paint_ms", figures["cold_html_ms"])),
                FIRST_MS_MAX,
                True,
                True,
            ),
            Target("95 % of answers under 150 ms", float(figures["p95_ms"]), P95_MS_MAX, True, True),
            Target("95 % of pages there within 150 ms", float(figures["reached_p95_ms"]), P95_MS_MAX, True, True),
            Target("answers that failed", float(figures["failed"]) + float(figures["start_failed"]), 0, True),
        )

    def notes(self) -> Sequence[str]:
        """See result.Result."""
        said = (
            f"simulated store: {self.size.days} days of {self.size.sites} sites, {self.size.rows:,} visits and "
            f"passers-by, {self.size.units:,} units beside them; viewers read for 0.5 to 1.5 s between two pages",
            "viewers, collector and broker share this machine; the peer is Starlette with the same HTML, finished",
        )
        blind = "no Chromium or no Playwright here: the time to the first paint was not taken"
        return said if self.browser else (*said, blind)


def measure(rounds: int, tick: Tick, size: Size, seconds: float, keep: Path | None = None) -> PageResult:
    """Measure; `rounds` turns of `seconds` each for both. keep: a folder to fill once and use again."""
    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as name:
        folder = keep or Path(name) / "collector"
        if not (folder / "collector.toml").exists():
            page_store.fill(folder, size, tick)
        with _serving(folder) as line:
            begun_s = perf_counter()
            known = _sessions(line, size)
            url = line.url.rstrip("/")
            # From the last one on: they are built ahead in the other order.
            fresh = [_site(number, size) for number in range(size.sites - 1, -1, -1)]
            cold = [first_view(url, fresh.pop(0), known[0]) for _ in range(rounds)]
            browser = _browser(url, {"cold_paint_ms": (fresh.pop(0), False)}, known[0])
            ahead_s = _ahead(line.plan.folder, begun_s)
            tick()
            first = [first_view(url, path, known[0]) for path in fresh[-rounds:]]
            again = [first_view(url, fresh[-1], known[0]) for _ in range(2)][-1]
            painted = {"first_paint_ms": (fresh[0], False), "phone_paint_ms": (fresh[1 % len(fresh)], True)}
            browser |= _browser(url, painted, known[0])
            tick()
            overview = overviewed(url, _month(size), known[0])
            html = httpx.get(url + _site(0, size), cookies={"footfall": known[0]}, timeout=60.0).text
            sites = [_site(number, size) for number in range(size.sites)]
            paths = [path for number, one in enumerate(sites) for path in (one, OTHERS[number % len(OTHERS)])]
            ours, peers = [], []
            with _peer(Path(name), html) as peer:
                for number in range(rounds):
                    ours.append(load(url, paths, known, seconds, seed=number))
                    peers.append(load(peer, paths, known, seconds, seed=number))
                    tick()
        with _serving(folder) as line:
            storm = load(line.url.rstrip("/"), paths, _sessions(line, size), seconds)
        return PageResult(
            size, tuple(cold), tuple(first), ahead_s, again.html_ms, overview, browser, tuple(ours), tuple(peers), storm
        )


def _ahead(folder: Path, begun_s: float) -> float:
    """Seconds until the collector says that every site's report is built. Raises ToolError where it does not."""
    said = ahead.BUILT.partition("%")[0]
    while perf_counter() - begun_s < AHEAD_MAX_S:
        if said in (folder / "collector.log").read_text(encoding="utf-8", errors="replace"):
            return perf_counter() - begun_s
        sleep(0.5)
    raise ToolError(
        f"the reports of all sites were not built within {AHEAD_MAX_S:.0f} s; look at {folder}/collector.log"
    )


def _month(size: Size) -> str:
    """The overview of the month of the last day that is stored."""
    last = datetime.fromtimestamp(time() - 86_400, tz=UTC).date()
    return f"/sites?month={last:%Y-%m}"


def _site(number: int, size: Size) -> str:
    return SITE_PATH + page_store.site_name(number % size.sites)


@contextmanager
def _serving(folder: Path) -> Iterator[Line]:
    site = Site(CHAIN, page_store.site_name(0), opens=f"{OPENS_H:02}:00", closes=f"{CLOSES_H}:00")
    plan = Plan(
        folder=folder,
        site=site,
        sensors=(),
        speed=0.0,
        http_port=free_port(),
        broker_port=free_port(),
        simulated=True,
        open_page=False,
    )
    with Line(plan) as line:
        yield line


def _sessions(line: Line, size: Size) -> list[str]:
    """A session for each viewer."""
    with writing(line.open().registry.engine).begin() as connection:
        now_ms = int(time() * 1000)
        return [sessions.begin(connection, page_store.user_name(number), now_ms) for number in range(size.users)]


@contextmanager
def _peer(folder: Path, html: str) -> Iterator[str]:
    (folder / "peer.html").write_text(html, encoding="utf-8")
    port = free_port()
    command = module("tools.bench.page_peer", str(port), str(folder / "peer.html"))
    child = Child("the peer", command, folder / "peer.log")
    url = f"http://{HOST}:{port}"

    def answers() -> bool:
        try:
            return httpx.get(url, timeout=5.0).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    try:
        wait_until(answers, child, PEER_WAIT_S, "the peer")
        yield url
    finally:
        child.stop()


def _browser(url: str, paths: Mapping[str, tuple[str, bool]], session: str) -> dict[str, float]:
    try:
        from tools.bench import page_browser  # noqa: PLC0415 - where Playwright is
    except ModuleNotFoundError:
        return {}
    return page_browser.first_paint(url, "/account", paths, session)
