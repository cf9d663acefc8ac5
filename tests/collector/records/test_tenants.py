"""A tenant's settings change with a reason, above the floors, and with a row in the audit log."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import SmallShop, Stay, at
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from collector import folder, schema
from collector.database import writing
from collector.errors import QueryError, SettingsError
from collector.folder import Collector
from collector.options.settings import Settings
from collector.records import tenants
from collector.records.audit import Audit
from collector.records.registry import Tenant
from collector.reporting import report
from collector.reporting import text as report_text
from tools.cli import cli


@pytest.fixture
def opened(tmp_path: Path) -> Collector:
    folder.create(tmp_path / "c", Settings())
    return folder.open_folder(tmp_path / "c")


def test_a_change_is_in_the_audit_log_with_what_was_before(opened: Collector) -> None:
    engine = opened.registry.engine
    wanted = Tenant(epoch_days=7, epoch_reason="a trial")
    assert tenants.change(engine, wanted, "cli:ann", 5) == ["epoch_days: 1 -> 7", "epoch_reason:  -> a trial"]
    assert tenants.change(engine, wanted, "cli:ann", 6) == []
    assert opened.registry.tenant("default") == wanted
    (entry,) = Audit(engine).entries()
    assert (entry.actor, entry.verb, entry.object, entry.time_ms) == ("cli:ann", "set", "tenant default", 5)
    assert entry.says == "epoch_days: 1 -> 7; epoch_reason:  -> a trial"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"epoch_days": 2}, "say why"),
        ({"epoch_days": 2, "epoch_reason": "  "}, "say why"),
        ({"epoch_days": 31, "epoch_reason": "more"}, "1 to 30 days"),
        ({"epoch_days": 0}, "1 to 30 days"),
        ({"epoch_days": 2, "epoch_reason": "x\n"}, "printable"),
        ({"minimum_group": 9}, "10 people"),
        ({"time_zone": "Mars/Base"}, "no time zone"),
    ],
)
def test_what_lies_below_a_floor_is_refused(opened: Collector, changes: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        tenants.change(opened.registry.engine, replace(Tenant(), **changes), "cli:ann", 5)  # type: ignore[arg-type]
    assert opened.registry.tenant("default") == Tenant()


def test_an_unknown_tenant_is_not_made(opened: Collector) -> None:
    with pytest.raises(QueryError, match="no tenant 'nobody'"):
        tenants.change(opened.registry.engine, Tenant("nobody"), "cli:ann", 5)


@pytest.mark.parametrize(("days", "reason"), [(31, "more"), (0, ""), (2, "")])
def test_the_registry_itself_holds_the_floors(opened: Collector, days: int, reason: str) -> None:
    """Also for whoever writes to the database past this program."""
    values = {"name": "x", "time_zone": "UTC", "epoch_turn_h": 4, "minimum_group": 10}
    with (
        pytest.raises(IntegrityError, match="epoch"),
        writing(opened.registry.engine).begin() as connection,
    ):
        connection.execute(insert(schema.tenants).values(**values, epoch_days=days, epoch_reason=reason))


def test_the_report_says_how_long_a_phone_keeps_its_token_and_why(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "c", tenant=Tenant(epoch_days=7, epoch_reason="a trial that the council agreed to"))
    shop.hear([Stay(token, at(10), at(10, 20)) for token in range(12)])
    built = report.build(shop.collector.store, shop.collector.registry, "default", "shop", None, at(24))
    assert "keeps its token for 7 days: a trial that the council agreed to" in report_text.render(built)
    said = report.as_json(built)
    assert (said["epoch_days"], said["epoch_reason"]) == (7, "a trial that the council agreed to")


def test_the_command_changes_lists_and_refuses(opened: Collector) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["collector", "tenant", *words, "--dir", str(opened.folder)])
        return done.exit_code, done.output

    assert run("set", "--epoch-days", "3")[0] == 1
    code, says = run("set", "--epoch-days", "3", "--epoch-reason", "a trial", "--time-zone", "Europe/Prague")
    assert code == 0
    assert "epoch_days: 1 -> 3" in says
    assert run("set", "--epoch-days", "40")[0] == 2
    (listed,) = json.loads(run("list", "--json")[1])
    assert (listed["epoch_days"], listed["epoch_reason"], listed["time_zone"]) == (3, "a trial", "Europe/Prague")
    assert "a trial" in run("list")[1]
    assert [entry.actor.startswith("cli:") for entry in Audit(opened.registry.engine).entries()] == [True]
