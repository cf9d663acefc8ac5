"""`footfall report calibrate`: counts by hand reach the report; what is wrong with them is said in a line."""

import json

import pytest
from click.testing import CliRunner
from shop import SmallShop, Stay, at

from tools.report.cli import report


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
        ("when,people\n", "no column 'time'; the first line of this sheet is to name time,people"),
        (
            "time,people\n2026-03-02T10:12Z,many\n",
            "line 2, column people: 'many' does not fit; a number of people",
        ),
        ("time,people\nyesterday,4\n", "line 2, column time: 'yesterday' does not fit; a time such as"),
        ("time,people\n2026-03-02T10:12Z,-4\n", "line 2, column people"),
        ("time,people\n2026-03-02T10:12Z,nan\n", "line 2, column people"),
        ("time,people\n", "there is no line below the first"),
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


def test_counts_at_the_door_reach_the_estimate_of_all_visitors(tmp_path):
    """The panel makes 12, 24 and 36 visits in three hours, and five times as many came: 360, and more surely."""
    shop = SmallShop(tmp_path / "collector")
    for hour, visits in ((10, 12), (12, 24), (14, 36)):
        stays = [Stay(100 * hour + n, at(hour, n), at(hour, n + 10)) for n in range(visits)]
        stays += [Stay(5000 + 100 * hour + n, at(hour, n % 50), at(hour, n % 50, 20), -80) for n in range(20)]
        bursts = [Stay(9000 + 100 * hour + n, at(hour, n), at(hour, n, 1), randomised=True) for n in range(visits)]
        shop.hear([*stays, *bursts], start_ms=at(hour), end_ms=at(hour + 1))
    place = tmp_path / "collector"
    before = json.loads(run(place, "shop", "--json").stdout)
    file = tmp_path / "door.csv"
    hours = ((10, 60), (12, 120), (14, 180))
    rows = [f"2026-03-02T{hour}:00Z,2026-03-02T{hour + 1}:00Z,{came},200" for hour, came in hours]
    file.write_text("\n".join(["from,to,visitors,passers_by", *rows]) + "\n")
    done = run(place, "calibrate", "shop", "--door", str(file), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["learnt"]
    after = json.loads(run(place, "shop", "--json").stdout)

    def visitors(said):
        return next(
            cell for cell in said["metrics"]["flow"]["cells"] if (cell["series"], cell["cell"]) == ("", "visitors")
        )

    assert (before["door_counts"], after["door_counts"]) == (0, 3)
    assert visitors(after)["value"] == pytest.approx(360, rel=0.1)
    assert visitors(after)["high"] / visitors(after)["low"] < visitors(before)["high"] / visitors(before)["low"] / 2
    assert "3 counts at the door" in run(place, "shop").output
    file.write_text("from,to,visitors\n2026-03-02T10:00Z,2026-03-02T09:00Z,4\n")
    assert "line 2" in run(place, "calibrate", "shop", "--door", str(file)).output
