"""The command explains itself, refuses what it must, and says what it made."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tools.simulate import files
from tools.simulate.cli import simulate
from tools.simulate.progress import late_bar

SMALL = ["--open", "10:00", "--close", "11:00", "--visitors", "20", "--passers-by", "60"]


def shop(*arguments: str) -> Result:
    return CliRunner().invoke(simulate, ["shop", *arguments])


def test_help_teaches_with_an_example() -> None:
    """Help names every option of the contract and shows a command to copy."""
    text = shop("--help").output
    assert "footfall simulate shop --out day1" in text
    for option in (
        *("--out", "--date", "--seed", "--sensors", "--visitors", "--passers-by", "--randomizing-share"),
        *("--carrying-share", "--open", "--close", "--time-zone", "--gzip", "--force", "--json"),
    ):
        assert option in text


def test_a_day_is_written_and_summed_up(tmp_path: Path) -> None:
    """Plain words name the counts and the files."""
    done = shop("--out", str(tmp_path / "day"), *SMALL)
    assert done.exit_code == 0
    assert "20 visitors, 60 passers-by" in done.output
    assert sorted(path.name for path in (tmp_path / "day").iterdir()) == [
        *("back.pcap", "door.pcap", "middle.pcap", "shop.json", "truth.jsonl")
    ]


def test_json_is_one_object_on_the_last_line(tmp_path: Path) -> None:
    """A program can read the summary, and it agrees with the plan on disk."""
    done = shop("--out", str(tmp_path / "day"), *SMALL, "--sensors", "2", "--gzip", "--seed", "9", "--json")
    summary = json.loads(done.stdout.splitlines()[-1])
    plan = json.loads(Path(summary["shop"]).read_text())
    assert (summary["simulated"], summary["seed"], summary["visitors"]) == (True, 9, 20)
    assert summary["frames"] == plan["frames_heard"] == sum(summary["frames_by_sensor"].values())
    assert [Path(path).name for path in summary["captures"]] == ["door.pcap.gz", "back.pcap.gz"]
    assert summary["size_bytes"] == sum(path.stat().st_size for path in (tmp_path / "day").iterdir())


def test_the_options_reach_the_plan(tmp_path: Path) -> None:
    """What was asked for is what shop.json says."""
    options = ["--date", "2026-10-24", "--time-zone", "America/New_York", "--randomizing-share", "0.25"]
    assert shop("--out", str(tmp_path), *SMALL, *options, "--carrying-share", "0.5").exit_code == 0
    plan = json.loads((tmp_path / "shop.json").read_text())
    assert (plan["date"], plan["time_zone"]) == ("2026-10-24", "America/New_York")
    assert (plan["opens"], plan["closes"]) == ("10:00", "11:00")
    assert (plan["randomizing_share"], plan["carrying_share"]) == (0.25, 0.5)


def test_a_folder_with_something_in_it_is_refused_unless_forced(tmp_path: Path) -> None:
    """Nothing is written over by accident; the sentence says what to do."""
    (tmp_path / "notes.txt").write_text("mine")
    refused = shop("--out", str(tmp_path), *SMALL)
    assert refused.exit_code == 1
    assert "is not empty" in refused.output
    assert "--force" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert shop("--out", str(tmp_path), *SMALL, "--force").exit_code == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sensors", "9"], "sensors must be between 1 and 8"),
        (["--visitors", "-1"], "visitors must be between 0"),
        (["--randomizing-share", "1.5"], "randomizing_share must be between"),
        (["--time-zone", "Mars/Olympus"], "time_zone"),
        (["--open", "18:00", "--close", "09:00"], "must close at least 60 minutes after it opens"),
        (["--date", "tomorrow"], "--date"),
        (["--open", "25:00"], "--open"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_the_parameter(tmp_path: Path, arguments: list[str], words: str) -> None:
    """A slip in an option is told in a sentence, and nothing is written."""
    done = shop("--out", str(tmp_path / "day"), *arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert not (tmp_path / "day").exists()


def test_out_is_required() -> None:
    """A folder is never guessed."""
    assert shop().exit_code == 2


def test_a_disk_that_says_no_is_exit_1_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback: the reason, and what to do."""

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_captures", full)
    done = shop("--out", str(tmp_path / "day"), *SMALL)
    assert done.exit_code == 1
    assert "No space left on device" in done.output
    assert "--out" in done.output


def test_the_bar_appears_only_when_work_is_long() -> None:
    """Nothing for two seconds, then a bar on its own stream, up to the end."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    clock_s, shown = [0.0], Terminal()
    with late_bar("Simulating", stream=shown, now_s=lambda: clock_s[0]) as tell:
        tell(0.2)
        assert shown.getvalue() == ""
        clock_s[0] = 2.0
        tell(0.5)
        assert "Simulating" in shown.getvalue()
        tell(1.0)
    assert "100%" in shown.getvalue()
