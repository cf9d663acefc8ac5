import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.bench.cli import bench


def run(*arguments: str):
    return CliRunner().invoke(bench, ("accuracy", "devices", *arguments))


def test_a_folder_that_is_none_is_said(tmp_path: Path):
    """Exit code 1 and what to give instead."""
    done = run("--data", str(tmp_path / "absent"))
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
    assert "folder of capture files for each phone" in done.output


def test_a_folder_without_captures_is_said(tmp_path: Path):
    """Folders that hold something else are named, and so is what is wanted."""
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "notes.txt").write_text("nothing")
    (tmp_path / "B").mkdir()
    (tmp_path / "B" / "broken.pcap").write_bytes(b"no capture")
    done = run("--data", str(tmp_path), "--json")
    assert done.exit_code == 1
    assert "broken.pcap is no capture file" in done.output
    assert "2 folders hold no capture file" in done.output
    assert "a folder of its own" in done.output


@pytest.fixture(scope="module")
def figures(shared_data: Path):
    done = run("--data", str(shared_data / "phones"), "--mixes", "2", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.shared_data
def test_figures_stand_by_number_of_phones_with_and_without_copies(figures):
    """The keys that others rely on; too few phones is null, not a figure."""
    for part in (figures, figures["recorded"], *figures["baselines"].values()):
        for figure in ("mape", "v_measure"):
            assert part[figure].keys() == {"with_copies", "without_copies"}
            assert part[figure]["with_copies"].keys() == {"5", "10", "15", "20"}
    assert figures["baselines"].keys() == {"distinct_addresses", "classes"}
    assert figures["phones"] == 10
    assert figures["mape"]["without_copies"]["20"] is None
    assert 0 < figures["v_measure"]["with_copies"]["20"] <= 1


@pytest.mark.shared_data
def test_addresses_count_several_times_the_phones(figures):
    """What the estimate is for: most phones change their address."""
    assert figures["baselines"]["distinct_addresses"]["mape"]["with_copies"]["20"] > 100
