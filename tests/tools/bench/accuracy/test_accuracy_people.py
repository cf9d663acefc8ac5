"""`footfall bench accuracy people`: what it refuses, and that its figures are those of the folder."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tools.bench.accuracy import occupancy, rooms
from tools.bench.accuracy.people import score
from tools.bench.cli import bench

DATES = ("2022-11-09", "2022-11-16", "2022-11-23")


def run(*arguments: str):
    return CliRunner().invoke(bench, ("accuracy", "people", *arguments))


def test_a_folder_without_labels_is_said(tmp_path: Path):
    """Exit code 1 and how a labelled room is laid out."""
    done = run("--train", str(tmp_path), "--judge", str(tmp_path))
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
    assert "with the columns idx and occupancy" in done.output


def test_labels_are_a_number_or_all(tmp_path: Path):
    """Anything else is wrong usage."""
    done = run("--train", str(tmp_path), "--judge", str(tmp_path), "--labels", "ten")
    assert done.exit_code == 2
    assert "neither a number nor 'all'" in done.output


def test_a_step_is_the_mean_of_its_people():
    """A count holds until the next one."""
    held = occupancy.Labels(np.array([0, 300_000, 900_000]), np.array([2.0, 4.0, 9.0]))
    assert held.mean(0, 600_000) == 3.0
    assert held.mean(600_000, 900_000) == 4.0
    assert held.steps().tolist() == [0]


def test_scores_are_what_they_are_called():
    """Percentages only where five or more are present; the mean of empty steps alone."""
    found = np.array([[0.0, 8.0, 3.0], [1.0, 12.0, 4.0], [2.0, 14.0, 6.0]])
    one = score(found, np.array([0.0, 10.0, 2.0]))
    assert (one.mae, one.mape_ge5, one.empty_mean) == (5 / 3, 20.0, 1.0)
    assert (one.bias, one.interval90_coverage) == (5 / 3, 2 / 3)


def test_a_table_without_the_columns_is_said(tmp_path: Path):
    """A table that is none of ours names the columns that are wanted."""
    table = tmp_path / "a.csv.gz"
    table.write_bytes(gzip.compress(b"a;b\n1;2\n"))
    one = occupancy.Recording("a", "2022-01-01", tmp_path / "a.pcap", table)
    with pytest.raises(Exception, match="idx and occupancy"):
        occupancy.labels(one, np.array([0]))


def test_odd_rows_are_left_out(tmp_path: Path):
    """Words, empty cells, numbers below zero, and rows that are none: what is left labels the day."""
    table = tmp_path / "a.csv"
    rows = ("0;3", "x;4", "1;?", "1;", "1;-2", "1;1e400", "nonsense", "", "9;7", " 2 ; 5.5 ")
    table.write_text("\ufeffnote;idx;occupancy\r\n" + "\r\n".join(f"n;{row}" for row in rows))
    one = occupancy.Recording("a", "2022-01-01", tmp_path / "a.pcap", table)
    found = occupancy.labels(one, np.array([100, 200, 300]))
    assert (found.at_ms.tolist(), found.people.tolist()) == ([100, 300], [3.0, 5.5])


def test_a_day_that_cannot_be_read_is_left_out_and_said(tmp_path: Path):
    """A capture that is none does not take the other days with it."""
    one = occupancy.Recording("a", "2022-01-01", tmp_path / "a.pcap", tmp_path / "a.csv")
    one.capture.write_bytes(b"no capture")
    noted: list[str] = []
    assert rooms.read([one], lambda: None, noted.append) == []
    assert noted[0].startswith("2022-01-01 is left out: ")


@pytest.fixture(scope="module")
def room(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short days of the labelled room."""
    place = tmp_path_factory.mktemp("room")
    for kind in ("csv", "pcap"):
        (place / kind).mkdir()
        for path in (shared_data / "occupancy" / kind).iterdir():
            if any(date in path.name for date in DATES):
                shutil.copy(path, place / kind)
    return place


@pytest.mark.shared_data
def test_figures_of_a_room(room: Path, monkeypatch: pytest.MonkeyPatch):
    """The figures stand beside those of three baselines on the same steps, and a second run finds the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(room / "cache"))
    arguments = ("--train", str(room), "--judge", str(room), "--train-dates", DATES[0], "--judge-dates", DATES[1])
    done = run(*arguments, "--labels", "3", "--draws", "2", "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    names = {"mae", "mape_ge5", "bias", "interval90_coverage", "empty_mean"}
    assert names <= figures.keys()
    assert set(figures["baselines"]) == {"distinct_addresses", "line_classes", "forest"}
    assert all(set(one) == names for one in figures["baselines"].values())
    assert (figures["labels"], figures["draws"], figures["judge_dates"]) == (3, 2, [DATES[1], DATES[1]])
    assert figures["mae"] < figures["baselines"]["distinct_addresses"]["mae"]
    assert figures["says"][0] == "calibrated by 3 counts by hand"
    again = run(*arguments, "--labels", "3", "--draws", "2", "--json")
    assert json.loads(again.stdout.splitlines()[-1]) == figures


@pytest.mark.shared_data
def test_the_future_does_not_train(room: Path):
    """Later days are never used to judge earlier ones, nor the same day for both."""
    arguments = ("--train", str(room), "--judge", str(room))
    done = run(*arguments, "--train-dates", DATES[2], "--judge-dates", DATES[0])
    assert (done.exit_code, "must be later" in done.output) == (1, True)
    done = run(*arguments, "--train-dates", DATES[0], "--judge-dates", DATES[0])
    assert (done.exit_code, "both train and be judged" in done.output) == (1, True)
