"""One contender of the Spark benchmark, in a process of its own: it folds a store and answers every metric.

python -m tools.bench.spark_work FOLDER ROWS [MASTER MEMORY_MIB PROPERTIES]     prints a line a part, then a JSON object
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any

from collector import calendar
from collector import folder as folders
from collector.answers import query
from collector.answers.question import Question
from collector.counting import estimating, folding
from collector.folder import Collector
from collector.metrics import metrics
from collector.spark import session
from collector.spark.place import Place
from collector.stays import fold
from collector.storage import engines
from collector.storage.store import OPEN_STAYS, SIGNS, STAYS
from tools.bench.metrics import comparable
from tools.bench.store_fill import DAY_MS, FIRST_DAY_MS, SENSORS, TENANT, Shape, day_names, later_ms, site_name

FOLDED = (STAYS, OPEN_STAYS, SIGNS)
FRACTIONS = ("lasting_devices", "phones")  # of signs: engines add up in different orders


def work(collector: Collector, shape: Shape, engine: str) -> dict[str, Any]:
    """Fold, make signs, answer every metric of a site over all days: seconds of each, and the answers."""
    tenant, sites = collector.registry.tenant(TENANT), collector.registry.sites(TENANT)
    begin_s = perf_counter()
    turns = 0
    while days := fold.refresh(collector.store, tenant, sites, later_ms(shape), engine, turns=1):
        turns += 1
        _say(f"fold: turn {turns}, of {days[0]}, {perf_counter() - begin_s:.0f} s so far")
    folded_s = perf_counter()
    _say(f"fold done, {folded_s - begin_s:.1f} s")
    folding.refresh(collector.store, tenant, later_ms(shape), engine_name=engine)
    signs_s = perf_counter()
    _say(f"signs done, {signs_s - folded_s:.1f} s")
    with query.Answers(collector.store, _question(collector, shape), engine) as answers:
        _say(f"tables made, {perf_counter() - signs_s:.1f} s")
        told = {one.name: comparable(answers.rows(one)) for one in metrics()}
    took = {"fold_s": folded_s - begin_s, "signs_s": signs_s - folded_s, "metrics_s": perf_counter() - signs_s}
    return {**took, "answers": told, "stays": _rows(collector)}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def digests(folder: Path, shape: Shape) -> dict[str, list[str]]:
    """What a folder's folded files hold: of each kind and day how many rows, and two sums over hashes of whole rows."""
    collector = folders.open_folder(folder)
    try:
        return {f"{kind} {day}": _digest(collector, kind, day) for kind in FOLDED for day in day_names(shape.days)}
    finally:
        collector.close()


def _digest(collector: Collector, kind: str, day: str) -> list[str]:
    files = collector.store.manifest.files(TENANT, kind, [day])
    if not files:
        return []
    with fold.engine() as connection:
        rows = collector.store.read(connection, files)
        texts = [
            f"coalesce({_near(name) if name in FRACTIONS else name}::VARCHAR, chr(0))" for name in sorted(rows.columns)
        ]
        one = f"hash(concat_ws('|', {', '.join(texts)}))"
        ((count, total, mixed),) = rows.aggregate(f"count(*), sum({one}), bit_xor({one})").fetchall()
    return [str(count), str(total), str(mixed)]


def _near(name: str) -> str:
    return f"printf('%.12g', {name})"


def _rows(collector: Collector) -> int:
    return sum(file.rows for kind in (STAYS, OPEN_STAYS) for file in collector.store.manifest.files(TENANT, kind))


def _question(collector: Collector, shape: Shape) -> Question:
    registry = collector.registry
    tenant, site = registry.tenant(TENANT), registry.site(TENANT, site_name(0))
    span = calendar.Span("", FIRST_DAY_MS, FIRST_DAY_MS + shape.days * DAY_MS)
    asked = Question(tenant, site, SENSORS, span, sites=tuple(registry.sites(TENANT)))
    people = estimating.estimate(collector.store, tenant, site, asked.days(), span, [])
    return Question(tenant, site, SENSORS, span, sites=asked.sites, levels=people.levels, present=people.present)


def main(words: list[str]) -> None:
    """See above."""
    collector, shape = folders.open_folder(Path(words[0])), Shape.of(int(words[1]))
    place = Place(words[2], int(words[3]), Path(words[4])) if len(words) > 2 else None
    begin_s = perf_counter()
    try:
        with session.at(place) if place else nullcontext():
            start_s = perf_counter() - begin_s
            _say(f"started, {start_s:.1f} s")
            found = work(collector, shape, engines.SPARK if place else engines.DUCKDB)
    finally:
        collector.close()
    sys.stdout.write(json.dumps({"start_s": start_s, **found}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
