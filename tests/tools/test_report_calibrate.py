"""`footfall report calibrate`: counts by hand reach the report; what is wrong with them is said in a line."""

import json

import pytest
from click.testing import CliRunner
from shop import SmallShop, Stay, at

from tools.report_cli import report


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("calibrate") / "collector"
    shop = SmallShop(place)
    shop.hear([Stay(n, at(10), at(11)) for n in range(20)], start_ms=at(10), end_ms=at(12))
    return place


def run(folder, *arguments):
    return CliRunner().invoke(report, [*arguments, "--dir", str(folder)])


def test_counts_typed_at_the_door_are_learned(folder):
    """Two numbers a count; the rates move, and the report says that it is calibrated."""
    done = run(folder, "calibrate", "shop", "--at", "2026-03-02T10:05+00:00", "--people", "20", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["counts"] == 1
    assert said["stored"][0]["signs"] == [20.0, 0.0]
    shown = json.loads(run(folder, "shop", "--json").stdout)
    assert (shown["people"]["state"], shown["people"]["counts"]) == ("calibrated", 1)


def test_counts_of_a_file_are_learned(folder, tmp_path):
    """A CSV of any number of counts; the same ten minutes are counted once."""
    file = tmp_path / "door.csv"
    file.write_text("time,people,who\n2026-03-02T10:12Z,19,me\n2026-03-02T10:25Z,21,me\n2026-03-02T11:25Z,0,me\n")
    assert run(folder, "calibrate", "shop", "--forget", "--counts", str(file)).exit_code == 0
    done = run(folder, "calibrate", "shop", "--counts", str(file))
    assert "3 counts at -70 dBm" in done.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when,people\n", "columns 'time' and 'people' are wanted"),
        ("time,people\n2026-03-02T10:12Z,many\n", "line 2"),
        ("time,people\nyesterday,4\n", "line 2"),
        ("time,people\n2026-03-02T10:12Z,-4\n", "no number of people"),
        ("time,people\n2026-03-02T10:12Z,nan\n", "no number of people"),
        ("time,people\n", "no count stands in that file"),
        ("time,people\n2026-03-01T10:12Z,4\n", "no sensor listened"),
    ],
)
def test_a_bad_file_is_said_and_changes_nothing(folder, tmp_path, text, says):
    """Exit code 1, the line that is wrong, and no traceback."""
    before = run(folder, "calibrate", "shop", "--json").stdout
    file = tmp_path / "door.csv"
    file.write_text(text)
    done = run(folder, "calibrate", "shop", "--counts", str(file))
    assert (done.exit_code, says in done.output) == (1, True), done.output
    assert run(folder, "calibrate", "shop", "--json").stdout == before


def test_bad_options_are_wrong_usage(folder, tmp_path):
    """A time without a number, or one that is none, is exit code 2."""
    assert run(folder, "calibrate", "shop", "--at", "2026-03-02T10:05").exit_code == 2
    assert run(folder, "calibrate", "shop", "--at", "noon", "--people", "3").exit_code == 2
    assert run(folder, "calibrate", "shop", "--counts", str(tmp_path / "absent.csv")).exit_code == 1
    assert run(folder, "calibrate", "nowhere").exit_code == 1


def test_a_site_is_shown_without_a_word_before_it(folder):
    """`report SITE` and `report show SITE` are the same."""
    assert run(folder, "shop", "--json").stdout == run(folder, "show", "shop", "--json").stdout
