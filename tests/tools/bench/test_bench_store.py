"""The store benchmark: a tiny run of the whole of it, and the sightings that it makes up."""

import json
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from footfall_sensor.window import FLAG_RANDOMISED, WINDOW_MS
from tools.bench import cli, crowd_people, crowds, store, store_fill, store_phases
from tools.bench.store_fill import DAYS_MAX, Shape

FIGURES = {
    *("rows", "fold_s", "scan_s", "chdb_fold_s", "report_s", "compact_s", "visits_s", "bytes_per_row", "rss_mib_max"),
    *("fold_scan_ratio", "fold_chdb_ratio", "committed_bytes_per_row", "days_unlike_chdb", "stays"),
}


@pytest.mark.skipif(find_spec("chdb") is None, reason="chdb is not installed; pip install 'footfall[bench]'")
def test_the_stays_of_both_folds_are_equal_and_all_figures_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To spare loading the libraries nine times, only chDB has a process of its own here."""
    apart = store.run_apart

    def mostly_here(phase: str, folder: Path, rows: int, say: store.Say) -> dict[str, float]:
        return apart(phase, folder, rows, say) if phase == "chdb" else store_phases.run(phase, folder, rows)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "run_apart", mostly_here)
    monkeypatch.setattr(store_fill, "COMMITS_A_DAY", (16, 16))
    done = CliRunner().invoke(cli.bench, ["store", "--rows", "8000", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.keys() >= FIGURES
    assert (found["rows"], found["days_unlike_chdb"]) == (8000, 0)
    assert 1000 < found["stays"] < 8000
    assert 0 < found["bytes_per_row"] < found["committed_bytes_per_row"]
    assert {"chdb_rss_mib", "fold_rss_mib", "report_rss_mib", "compact_rss_mib"} <= found.keys(), "each its own peak"
    told = [line.strip() for line in done.stderr.splitlines()]
    begun = [line.removesuffix(" begins") for line in told if line.endswith(" begins")]
    assert begun == list(store.ORDER), "a run of a quarter of an hour says where it is, also into a file"
    assert "2 of 2 days" in told, "and so does a process of its own, on the way"
    assert any(line.startswith("measuring store: 9 of 9") for line in told)


def test_what_was_measured_before_a_phase_failed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_late(phase: str, _folder: Path, _rows: int, _say: store.Say) -> dict[str, float]:
        if phase == "compact":
            raise store.BenchError("the phase 'compact' failed: it was killed by signal 9.")
        return {"s": 1.0, "cpu_s": 1.0, "rss_mib": 1.0}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "run_apart", fails_late)
    done = CliRunner().invoke(cli.bench, ["store", "--rows", "8000", "--json"])
    assert done.exit_code == 1
    assert store.PARTIAL in done.stderr
    assert json.loads((tmp_path / store.PARTIAL).read_text()).keys() == {"rows", *store.ORDER[:6]}


def test_a_disk_without_room_is_found_out_before_anything_is_filled() -> None:
    with pytest.raises(store.BenchError, match=r"8.0 GB .* 1.0 are free"):
        store.check_room(100_000_000, 1_000_000_000)


def test_a_site_day_has_the_rows_asked_for_in_the_order_of_windows() -> None:
    heard = crowds.site_day(5000, 3, crowd_people.Day(0), np.random.default_rng(1))
    assert {len(getattr(heard, field.name)) for field in fields(heard)} == {5000}
    place = heard.window.astype(int) * 3 + heard.sensor
    assert (np.diff(place) >= 0).all()
    assert len(set(zip(place.tolist(), heard.token.tolist(), strict=True))) == 5000  # a row a token and window
    assert (heard.first_ms <= heard.last_ms).all()
    assert heard.last_ms.max() < WINDOW_MS


def test_the_same_seed_gives_the_same_site_day() -> None:
    one, two = (crowds.site_day(500, 2, crowd_people.Day(0), np.random.default_rng(3)) for _ in range(2))
    assert all((getattr(one, field.name) == getattr(two, field.name)).all() for field in fields(one))


def test_most_tokens_are_random_and_live_for_one_burst() -> None:
    """What `tools.simulate` promises of phones holds for the crowd too: 17 of 22 randomise."""
    heard = crowds.site_day(20_000, 3, crowd_people.Day(0), np.random.default_rng(1))
    tokens, first = np.unique(heard.token, return_index=True)
    randomised = heard.flags[first] & FLAG_RANDOMISED != 0
    windows = np.array([len(set(heard.window[heard.token == token])) for token in tokens[randomised][:200]])
    assert 0.8 < randomised.mean() < 1
    assert np.median(windows) == 1


def test_elsewhere_the_same_happens_to_other_devices() -> None:
    heard = crowds.site_day(500, 2, crowd_people.Day(0), np.random.default_rng(3))
    other = crowds.elsewhere(heard, 1)
    assert not set(other.token.tolist()) & set(heard.token.tolist())
    assert len(set(other.token.tolist())) == len(set(heard.token.tolist()))


@pytest.mark.parametrize("rows", [1000, 20_000, 2_000_000, 100_000_000, 1_000_000_000])
def test_a_store_has_several_days_and_sites_and_about_the_rows_asked_for(rows: int) -> None:
    shape = Shape.of(rows)
    assert 2 <= shape.days <= DAYS_MAX
    assert shape.sites >= 2
    assert rows * 0.99 <= shape.total <= rows
