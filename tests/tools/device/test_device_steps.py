"""Steps are said, timed and noted; what a run has written, the next run does not write again."""

from pathlib import Path

import pytest

from tools.device.errors import DeviceError
from tools.device.flashing.steps import Journal, Step, run


def journal(folder: Path) -> Journal:
    """Notes of a run."""
    return Journal(folder / "state" / "unit.json", "CPE210-v3", "00", "192.168.1.1", "tplink,cpe210-v3")


def test_steps_are_said_with_their_number_and_how_far_they_are(tmp_path: Path) -> None:
    """And while power must stay, that is said."""
    lines: list[str] = []

    def work(told: object) -> None:
        assert callable(told)
        for part in (0.05, 0.31, 0.33, 1.0):
            told(part)

    done = run([Step("a", "look", work), Step("b", "write", work, unplug=False)], journal(tmp_path), lines.append)
    assert [one.name for one in done] == ["a", "b"]
    assert lines[:3] == ["step 1 of 2: look", "step 1 of 2: look: 30 %", "step 1 of 2: look: 100 %"]
    assert lines[3] == "step 2 of 2: write. DO NOT SWITCH IT OFF"


def test_a_step_that_fails_says_which_it_was_and_leaves_its_notes(tmp_path: Path) -> None:
    """Written or not is what the next run has to know."""

    def fail(_: object) -> None:
        raise DeviceError("the line was cut")

    steps = [Step("write", "write", lambda _: None, writes=True), Step("return", "wait", fail)]
    with pytest.raises(DeviceError, match=r"step 2 of 2 \(wait\): the line was cut"):
        run(steps, journal(tmp_path), lambda _: None)
    kept = Journal.read(tmp_path / "state" / "unit.json")
    assert kept is not None
    assert (kept.written, kept.done, kept.board) == (True, ["write"], "tplink,cpe210-v3")


def test_notes_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    """Not guessed at."""
    path = tmp_path / "unit.json"
    for text in ("{", "[]", '{"unit": 1}'):
        path.write_text(text)
        with pytest.raises(DeviceError, match="delete it to begin anew"):
            Journal.read(path)
