"""How long the list of a fleet takes: as the command makes it, and as API and page answer, made anew and kept.

Nothing of the interpreter's start is in it, and no network: the application is asked within this process. API and page
keep the list for a moment (muster.KEPT_S); who asks within that gets the same, who asks later waits for it.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
from sqlalchemy import update

from collector import folder as folders
from collector import schema
from collector.database import writing
from collector.folder import Collector
from collector.page.app import create_app
from collector.watch import muster, watchman
from footfall_sensor import __version__
from footfall_sensor.wire.messages import Health, Totals

from .measure import Tick
from .page_store import Size, fill
from .result import Group, Line, Target, rounded

UNITS = 2500
ASKED = 10  # times a round
MS_MAX = 200.0
ANSWERED = 200
ANEW = ("command", "api_anew", "page_anew")


@dataclass(frozen=True, slots=True)
class ListResult:
    """Milliseconds of each way to ask, one after the other: on the wall, and of the processor."""

    units: int
    took_ms: Mapping[str, Sequence[float]]
    cpu_ms: Mapping[str, Sequence[float]]

    def figures(self) -> Mapping[str, object]:
        """See result.Result."""
        found: dict[str, float | int | str] = {"units": self.units}
        for name, took in self.took_ms.items():
            found |= {f"{name}_ms_p50": statistics.median(took), f"{name}_ms_p95": _p95(took)}
            found[f"{name}_cpu_ms_p50"] = statistics.median(self.cpu_ms[name])
        return rounded(found)

    def groups(self) -> tuple[Group, ...]:
        """See result.Result."""
        lines = [Line(name.replace("_", ", "), statistics.median(took)) for name, took in self.took_ms.items()]
        tails = [Line(name.replace("_", ", "), _p95(took)) for name, took in self.took_ms.items()]
        return (Group("ms, median", tuple(lines)), Group("ms, 95th percentile", tuple(tails)))

    def targets(self) -> tuple[Target, ...]:
        """See result.Result."""
        return tuple(
            Target(f"ms for the list of {self.units:,} by {name}, p95", _p95(self.took_ms[name]), MS_MAX, True, True)
            for name in ANEW
        )

    def notes(self) -> tuple[str, ...]:
        """See result.Result."""
        return (f"{self.units:,} simulated units with their last health, in one process, without a network.",)


def measure(rounds: int, tick: Tick, units: int = UNITS) -> ListResult:
    """Fill a folder of so many units and ask for their list. Raises CollectorError."""
    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as name:
        folder = Path(name) / "collector"
        fill(folder, Size(sites=1, days=0, units=units, users=1), lambda: None)
        collector, loop = folders.open_folder(folder), asyncio.new_event_loop()
        try:
            _speak(collector)
            tick()
            ways = _ways(collector, loop)
            took: dict[str, list[float]] = {way: [] for way in ways}
            cpu: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(rounds):
                for way, ask in ways.items():
                    ask()
                    for _ in range(ASKED):
                        wall, own = _ms(ask)
                        took[way].append(wall)
                        cpu[way].append(own)
                tick()
        finally:
            loop.close()
            collector.close()
    return ListResult(units, took, cpu)


def _ways(collector: Collector, loop: asyncio.AbstractEventLoop) -> dict[str, Callable[[], object]]:
    ingest = SimpleNamespace(ok=True, state="connected", connected=True)
    app = create_app(collector, cast("Any", ingest), open_page=True)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    def asked(path: str, kept_s: float) -> Callable[[], object]:
        def ask() -> object:
            muster.KEPT_S = kept_s
            answer = loop.run_until_complete(client.get(path))
            assert answer.status_code == ANSWERED, answer.text
            return answer

        return ask

    kept_s = 600.0
    return {
        "command": lambda: _command(collector),
        "api_anew": asked("/api/fleet/sensors", 0.0),
        "api_kept": asked("/api/fleet/sensors", kept_s),
        "page_anew": asked("/fleet", 0.0),
        "page_kept": asked("/fleet", kept_s),
    }


def _command(collector: Collector) -> str:
    """What `footfall fleet list --json` does once it has started."""
    now_ms = time.time_ns() // 1_000_000
    return json.dumps([asdict(one) | asdict(shown) for one, shown in watchman.roll(collector, now_ms)])


def _speak(collector: Collector) -> None:
    """Every unit has said how it is, just now."""
    now_ms = time.time_ns() // 1_000_000
    said = Health(Totals(frames=100_000), 86_400.0, now_ms, 0.4, 61_000, 19_000, radio="listening", version=__version__)
    with writing(collector.registry.engine).begin() as connection:
        connection.execute(update(schema.reports).values(health=said.encode(), received_ms=now_ms))


def _ms(do: Callable[[], object]) -> tuple[float, float]:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    do()
    return 1000 * (time.perf_counter() - wall_s), 1000 * (time.process_time() - cpu_s)


def _p95(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]
