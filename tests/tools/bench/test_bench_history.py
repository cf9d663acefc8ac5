"""Figures by date: what is said to have become worse, and what the short form fails for."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.bench import catalogue, cli, history
from tools.bench.history import Taken
from tools.bench.result import Group, Line, Target

DAY = datetime(2026, 11, 28, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """A result that was not measured."""

    times: float = 2.0
    seconds: float = 1.0

    def figures(self):
        return {"times": self.times}

    def groups(self):
        return (Group("s", (Line("Footfall", self.seconds),)),)

    def targets(self):
        return (
            Target("times the loop, at most 6", self.times, 6, at_most=True),
            Target("s, at most 2", self.seconds, 2, at_most=True, is_time=True),
        )

    def notes(self):
        return ()


def taken(found: Found) -> Taken:
    return Taken.of({"x": found}, DAY, "two cores, in words")


def test_a_ratio_that_is_worse_than_the_last_one_is_said_and_a_time_is_not() -> None:
    before = taken(Found())
    assert history.compared(before, taken(Found(times=2.4, seconds=90.0))) == [
        "no ratio is worse than on 2026-11-28 by more than a quarter"
    ]
    (said,) = history.compared(before, taken(Found(times=3.0)))
    assert said.startswith("WORSE x: times the loop, at most 6: 3, on 2026-11-28 2 (1.5 times)")
    assert history.compared(None, before) == ["no earlier figures to compare with"]


def test_the_newest_file_is_the_one_of_the_latest_day_and_number(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    assert history.newest(tmp_path) is None
    for times in range(1, 12):
        history.write(tmp_path, taken(Found(times=float(times))))
    assert {"2026-11-28.json", "2026-11-28-11.json"} <= {path.name for path in tmp_path.iterdir()}
    last = history.newest(tmp_path)
    assert last is not None
    assert last.promises["x: times the loop, at most 6"].measured == 11.0


def test_the_short_form_fails_for_a_ratio_far_off_its_promise_and_never_for_a_time(monkeypatch) -> None:
    assert not history.broken("x", Found(times=7.0, seconds=900.0)), "a busy machine may be a little worse"
    assert history.broken("x", Found(times=8.0)) == ["BROKEN x: times the loop, at most 6: 8"]
    at_least = Target("share, at least 0.5", 0.3, 0.5, at_most=False)
    monkeypatch.setattr(Found, "targets", lambda _self: (at_least,))
    assert history.broken("x", Found())


def test_all_keeps_a_dated_file_and_its_exit_code_tells_of_ratios(monkeypatch, tmp_path: Path) -> None:
    rows = [catalogue.Benchmark("x", lambda _rounds, _tick: Found(times=90.0), short=True)]
    rows.append(catalogue.Benchmark("long", lambda _rounds, _tick: Found()))
    monkeypatch.setattr(catalogue, "BENCHMARKS", tuple(rows))
    done = CliRunner().invoke(cli.bench, ["all", "--keep", str(tmp_path), "--machine", "mine"])
    assert done.exit_code == 0, done.output
    (kept,) = tmp_path.iterdir()
    told = json.loads(kept.read_text())
    assert (told["machine"], set(told["figures"])) == ("mine", {"x", "long"})
    short = CliRunner().invoke(cli.bench, ["all", "--short", "--check", "--json"])
    assert short.exit_code == 1
    assert "BROKEN x" in short.output
    assert '"long"' not in short.output


def test_the_machine_names_itself_in_words() -> None:
    assert " cores of " in history.machine()


def failing(_rounds: int, _tick: object) -> Found:
    raise ZeroDivisionError("of its own")


def stopped(_rounds: int, _tick: object) -> Found:
    raise KeyboardInterrupt


def test_one_benchmark_that_fails_and_an_interrupt_lose_nothing_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = (catalogue.Benchmark(name, lambda _rounds, _tick: Found()) for name in ("first", "last"))
    broken, ended = catalogue.Benchmark("broken", failing), catalogue.Benchmark("ended", stopped)
    monkeypatch.setattr(catalogue, "BENCHMARKS", (first, broken, last))
    done = CliRunner().invoke(cli.bench, ["all", "--keep", str(tmp_path)])
    assert done.exit_code == 1
    assert "broken failed: ZeroDivisionError: of its own" in done.stderr
    kept = history.newest(tmp_path)
    assert kept is not None
    assert list(kept.figures) == ["first", "last"]
    monkeypatch.setattr(catalogue, "BENCHMARKS", (first, ended, last))
    done = CliRunner().invoke(cli.bench, ["all", "--json"])
    assert done.exit_code == 1
    assert list(json.loads(done.stdout.splitlines()[-1])) == ["first"]
    assert "ended and what comes after it were not measured" in done.stderr
