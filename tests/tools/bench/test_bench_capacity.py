"""The capacity planner: arithmetic that can be done again by hand, from constants whose source is named."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from tools.bench import cli, sizes
from tools.bench.capacity import CORE_SHARE, MEAN_SHARE, WORKERS_MAX, Demand, plan
from tools.bench.constants import Constants

KNOWN = Constants.read()
SCALING = Path(__file__).parents[3] / "docs" / "scaling.md"


def of(name: str) -> float:
    return getattr(KNOWN, name).value


def test_constants_that_are_sizes_are_those_of_the_code() -> None:
    for name, size in sizes.measured().items():
        assert of(name) == pytest.approx(size, rel=0.05), f"{name} has changed: put it into constants.toml"


def test_every_constant_says_where_it_comes_from() -> None:
    for name, one in KNOWN.rows():
        assert one.value > 0
        assert one.what, name
        assert one.source, name


def test_the_formulas_of_the_page_by_hand() -> None:
    """2,500 sensors, 200 sightings in each window of 30 s."""
    found = plan(Demand(2500, 2500 * 200 / 30), KNOWN)
    batches, healths, sightings = 2500 / 30, 2500 / 60, 2500 * 200 / 30
    intake = ((batches + healths) * of("collector_batch_us") + sightings * of("collector_sighting_us")) / 1e6
    fold = MEAN_SHARE * sightings * of("fold_sighting_us") / 1e6
    assert found.intake_cores == pytest.approx(intake)
    assert found.fold_cores == pytest.approx(fold)
    assert (found.cells, found.workers) == (1, 0)
    assert found.disk_gib["tokens"] == pytest.approx(
        MEAN_SHARE * sightings * 30 * 3600 * of("stored_sighting_bytes") / 2**30
    )
    assert found.disk_gib["batch_keys"] == pytest.approx(batches * 86_400 * 2 * of("batch_key_bytes") / 2**30)
    assert found.network_mbit_s["out"] == pytest.approx(
        batches * (of("wire_ack_bytes") + of("wire_message_bytes")) * 8 / 1e6
    )


def test_a_window_that_does_not_fit_into_a_batch_makes_several() -> None:
    assert Demand(30, 30 * 600 / 30).batches_per_s == 2.0


def test_what_the_batches_need_beyond_one_core_goes_to_workers() -> None:
    dear = replace(KNOWN, collector_batch_us=replace(KNOWN.collector_batch_us, value=10_000.0))
    found = plan(Demand(5000, 30_000), dear)
    assert found.cells == 1
    assert 1 <= found.workers <= WORKERS_MAX
    assert "chief and seven workers" in found.breaks_first


@settings(max_examples=30)
@given(some.integers(1, 500_000), some.floats(0.01, 40.0))
def test_no_part_of_any_plan_has_more_than_it_can_do(sensors: int, each_per_s: float) -> None:
    found = plan(Demand(sensors, sensors * each_per_s), KNOWN)
    assert all(bound.wanted / found.cells <= bound.has + 1e-9 for bound in found.bounds)
    assert found.workers <= WORKERS_MAX
    processes = found.cells * (1 + found.workers)
    assert (found.intake_cores + found.fold_cores) / processes <= CORE_SHARE
    more = plan(Demand(2 * sensors, 2 * sensors * each_per_s), KNOWN)
    assert (more.cells, more.cores) >= (found.cells, found.cores)


def test_the_command_prints_what_programs_and_people_read() -> None:
    done = CliRunner().invoke(cli.bench, ["capacity", "--sensors", "100000", "--json"])
    told = json.loads(done.stdout)
    wanted = {"cores", "memory_gib", "disk_gib", "brokers", "network_mbit_s", "breaks_first", "cells", "workers"}
    assert wanted <= told.keys()
    shown = CliRunner().invoke(cli.bench, ["capacity", "--sensors", "100000", "--retention-days", "90"]).stdout
    assert "First to break" in shown
    assert "By arithmetic" in shown


def test_the_page_answers_for_a_hundred_thousand_sensors() -> None:
    text = SCALING.read_text(encoding="utf-8")
    assert re.search(r"^    100,000 sensors, .* cells of", text, re.MULTILINE)
    assert "what breaks, in this order" in text
