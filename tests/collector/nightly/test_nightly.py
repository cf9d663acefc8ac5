"""The nightly job: everything once, only what has changed, and on from where it was killed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from deltalake import DeltaTable
from shop import DAY, SITE, TENANT, SmallShop, Stay, at

from collector import clock
from collector import folder as folders
from collector.answers.question import EXPORT
from collector.housekeeping import retention
from collector.nightly import run
from collector.nightly.plan import Phase
from collector.nightly.run import Job
from collector.options.settings import Settings
from collector.records.registry import Site
from collector.reporting import report
from collector.reporting.sales import Transactions
from collector.storage.store import OPEN_STAYS, SIGHTINGS, SIGNS, VISITS
from tools.cli import cli
from tools.collecting.nightly import PHASES

CLOSED_MS = at(28)  # the business day turns at 04:00
OVER_MS = CLOSED_MS + retention.LATE_MS


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    shop = SmallShop(tmp_path / "collector")
    shop.collector.registry.put_site(Site(TENANT, "kiosk"))
    shop.sensor("kiosk-1", site="kiosk")
    shop.hear([Stay(n, at(10, n % 50), at(10, n % 50 + 5)) for n in range(60)], at(10), at(11))
    shop.hear([Stay(n, at(10, 5), at(10, 10)) for n in range(3)], at(10), at(11), sensor="kiosk-1")
    folders.reconfigure(shop.collector.folder, Settings())  # a replay never ends its days
    shop.collector = folders.open_folder(shop.collector.folder)
    return shop


def night(shop: SmallShop, now_ms: int, **asked: Any) -> list[tuple[str, str]]:
    done = Job(**asked).run(shop.collector, now_ms, lambda _: None)
    assert [one.failed for one in done if one.failed] == []
    return [(one.step.phase, one.step.days[0]) for one in done]


def numbers(shop: SmallShop) -> list[dict[str, Any]]:
    table = DeltaTable(str(shop.collector.folder / "open" / "numbers")).to_pyarrow_table()
    return [row for row in table.to_pylist() if row.pop("made_of")]


def test_a_closed_day_is_folded_and_its_numbers_are_those_of_an_export_and_again_there_is_nothing_to_do(
    shop: SmallShop,
) -> None:
    assert night(shop, CLOSED_MS) == [("fold", DAY), ("signs", DAY), ("numbers", DAY)]
    store, registry = shop.collector.store, shop.collector.registry
    assert store.manifest.files(TENANT, OPEN_STAYS)
    assert store.manifest.files(TENANT, SIGNS)
    span = retention.calendar.day_named(DAY, "UTC", 4)
    told = report.build(store, registry, TENANT, SITE, span, CLOSED_MS, audience=EXPORT)
    cells = {(a.metric.name, c.series, c.cell): (c.value, c.suppressed) for a in told.answers for c in a.cells}
    published = numbers(shop)
    assert {
        (row["metric"], row["series"], row["cell"]): (row["value"], row["suppressed"])
        for row in published
        if row["site"] == SITE
    } == cells
    assert all(row["value"] is None for row in published if row["suppressed"])
    assert any(row["suppressed"] for row in published if row["site"] == "kiosk"), "three people are nobody's business"
    assert night(shop, CLOSED_MS) == []
    assert numbers(shop) == published


def test_a_day_that_has_not_closed_is_folded_and_told_nothing_of(shop: SmallShop) -> None:
    assert night(shop, CLOSED_MS - 1) == [("fold", DAY), ("signs", DAY)]
    assert not (shop.collector.folder / "open" / "numbers").exists()


def test_the_end_of_a_day_leaves_visits_without_tokens_open_tables_and_the_same_numbers(shop: SmallShop) -> None:
    night(shop, CLOSED_MS)
    before = numbers(shop)
    assert [phase for phase, _ in night(shop, OVER_MS)] == ["end", "tables", "numbers"]
    manifest = shop.collector.store.manifest
    assert manifest.days(TENANT, VISITS) == [DAY]
    assert not manifest.files(TENANT, SIGHTINGS)
    assert sorted(map(str, numbers(shop))) == sorted(map(str, before))
    assert night(shop, OVER_MS) == []


def test_only_what_has_changed_is_done_again(shop: SmallShop) -> None:
    night(shop, CLOSED_MS)
    registry = shop.collector.registry
    Transactions(registry.engine).put(registry.site(TENANT, SITE), {at(10, 30): 25}, "test", 0)
    assert night(shop, CLOSED_MS) == [("numbers", DAY)]
    shop.hear([Stay(99, at(10, 50), at(10, 58))], at(10, 50), at(11), sensor="kiosk-1")
    assert night(shop, CLOSED_MS, phases=[Phase.FOLD]) == [("fold", DAY)]
    assert night(shop, CLOSED_MS) == [("signs", DAY), ("numbers", DAY)]


def test_a_job_that_was_killed_goes_on_where_it_was(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> list[Any]:
        raise Killed

    monkeypatch.setitem(run.DO, Phase.NUMBERS, kill)
    with pytest.raises(Killed):
        night(shop, CLOSED_MS)
    monkeypatch.undo()
    assert night(shop, CLOSED_MS) == [("numbers", DAY)]


def test_two_jobs_do_not_work_in_one_folder_and_the_second_says_so(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: CLOSED_MS)
    words = ["collector", "nightly", "--dir", str(shop.collector.folder)]
    with run.alone(shop.collector.folder):
        busy = CliRunner().invoke(cli, words)
    assert busy.exit_code == 1
    assert "another nightly job is at work" in busy.output


def test_the_command_says_first_what_it_would_do_then_what_it_did(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: CLOSED_MS)
    words = ["collector", "nightly", "--dir", str(shop.collector.folder), "--json"]
    planned = json.loads(CliRunner().invoke(cli, [*words, "--dry-run"]).output)["steps"]
    assert [one["step"] for one in planned] == ["fold", "signs", "numbers"]
    assert not shop.collector.store.manifest.files(TENANT, OPEN_STAYS), "a dry run changes nothing"
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert [one["step"] for one in said["steps"]] == ["fold", "signs", "numbers"]
    assert said["failed"] == 0
    assert json.loads(CliRunner().invoke(cli, words).output)["steps"] == []


def test_the_commands_parts_are_those_of_the_job() -> None:
    assert list(PHASES) == [str(phase) for phase in Phase]


def test_a_fault_of_one_part_keeps_the_others_going_and_ends_with_code_1(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: OVER_MS)
    (shop.collector.folder / "open").write_text("in the way")
    done = CliRunner().invoke(cli, ["collector", "nightly", "--dir", str(shop.collector.folder)])
    assert done.exit_code == 1, done.output
    assert "cannot be read or written" in done.output
    assert "run the same command again" in done.output
    assert shop.collector.store.manifest.days(TENANT, VISITS) == [DAY]
