"""Conservation by epoch: what a start lost in one epoch is found, also where its total hides it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from shop import DAY, SENSOR, TENANT, SmallShop, at, sighting, window
from sqlalchemy import update

from collector import schema
from collector.records.registry import Tenant
from collector.storage.epochs import UNKNOWN
from collector.verification import books, conservation
from collector.verification.conservation import EpochBalance
from footfall_sensor.wire.messages import Health, Totals
from footfall_sensor.wire.reports import EpochCount
from tools.cli import cli

NOW_MS = at(12)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Of one start: four batches under the day's key, two without one; and another tenant without sensors."""
    shop = SmallShop(tmp_path_factory.mktemp("shop") / "collector")
    shop.collector.registry.put_tenant(Tenant("other"))
    batches = [window(at(10, number), [sighting(5)] if number < 4 else []) for number in range(6)]
    shop.take([shop.message(batch, number=number) for number, batch in enumerate(batches)], NOW_MS)
    return shop


def says(shop: SmallShop, *epochs: EpochCount, emitted: int, waiting: int = 0) -> None:
    full, refused = sum(one.dropped_full for one in epochs), sum(one.dropped_refused for one in epochs)
    totals = Totals(batches_emitted=emitted, batches_dropped_full=full, batches_dropped_refused=refused)
    shop.take([shop.health(Health(totals, 60.0, NOW_MS, spool_batches=waiting, epochs=epochs))], NOW_MS)


def call(shop: SmallShop, epoch: str, other: str) -> None:
    table = schema.epoch_ledger
    with shop.collector.registry.engine.begin() as connection:
        connection.execute(update(table).where(table.c.epoch == epoch).values(epoch=other))


def differences(shop: SmallShop) -> dict[str, int | None]:
    return {one.epoch: one.difference for one in conservation.by_epoch(shop.collector.registry.engine)}


def test_what_was_sent_is_stored_waits_or_was_dropped(shop: SmallShop) -> None:
    says(shop, EpochCount("", 3, 0, 1, 0), EpochCount(DAY, 7, 1, 1, 1), emitted=10, waiting=1)
    assert differences(shop) == {"": 0, DAY: 0}
    assert list(books.check(shop.collector, NOW_MS)) == []


def test_a_loss_is_named_with_its_epoch_though_the_total_hides_it(shop: SmallShop) -> None:
    """What waits from the start before is in the spool, and fills the gap in the sum."""
    says(shop, EpochCount("", 2, 0, 0, 0), EpochCount(DAY, 6, 0, 0, 0), emitted=8, waiting=2)
    assert differences(shop) == {"": 0, DAY: 2}
    found = [(one.check, one.of) for one in books.check(shop.collector, NOW_MS)]
    assert found == [("conservation", f"{TENANT}/{SENSOR}, epoch {DAY}")]


def test_a_start_that_ran_when_epochs_came_to_be_counted_is_not_judged_by_them(shop: SmallShop) -> None:
    says(shop, EpochCount(DAY, 6, 0, 0, 0), emitted=6)
    call(shop, DAY, UNKNOWN)
    assert differences(shop) == {DAY: None}
    assert list(books.check(shop.collector, NOW_MS)) == []
    call(shop, UNKNOWN, DAY)


def test_an_epoch_of_an_earlier_start_is_not_mixed_with_the_present_one(shop: SmallShop) -> None:
    shop.take([shop.message(window(at(11), [sighting(5)]), number=0, boot=b"another!")], NOW_MS)
    says(shop, EpochCount(DAY, 4, 0, 0, 0), emitted=6)
    assert differences(shop) == {DAY: 0}


def test_tenants_sums_are_those_of_their_sensors() -> None:
    one = EpochBalance("t", "a", DAY, 5, 4, 1, 0, 0, 0)
    others = [replace(one, sensor="b", emitted=7, committed=3, difference=3), replace(one, sensor="c", difference=None)]
    assert conservation.summed([one, *others]) == [EpochBalance("t", "", DAY, 12, 7, 2, 0, 0, 3)]


def test_the_status_command_prints_it_by_tenant_and_epoch(shop: SmallShop) -> None:
    says(shop, EpochCount("", 2, 0, 0, 0), EpochCount(DAY, 9, 2, 1, 1), emitted=11, waiting=2)
    words = ["collector", "status", "--dir", str(shop.collector.folder)]
    said = json.loads(CliRunner().invoke(cli, [*words, "--json"]).output)["epochs"]
    wanted = {"tenant": TENANT, "epoch": DAY, "emitted": 9, "committed": 4, "waiting": 2}
    assert said[1] == wanted | {"dropped_full": 1, "dropped_refused": 1, "difference": 1}
    lines = [line.split() for line in CliRunner().invoke(cli, words).output.splitlines()]
    assert [TENANT, DAY, "9", "4", "2", "2", "1"] in lines
    assert [TENANT, "(no", "key)", "2", "2", "0", "0", "0"] in lines
