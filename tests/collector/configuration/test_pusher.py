"""Pushes: a sensor is sent its configuration when it runs another, few at a time, until it says what became of it."""

from itertools import pairwise
from pathlib import Path

import pytest
from shop import BOOT, SITE, TENANT, SmallShop
from sqlalchemy import insert

from collector import schema
from collector.configuration import push
from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.configuration.outbox import Outbox
from collector.configuration.push import LIFE_MS, RENEW_MS, RENEW_SPREAD_MS, Push, PushState
from collector.database import writing
from collector.downlink.sealing import Outgoing
from collector.errors import QueryError
from collector.ingest.intake import Message
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.messages import Birth, Health, Totals
from footfall_sensor.wire.settings import Command, Configuration, Outcome, Result, Verb

SHOP = Place(Scope.SITE, TENANT, SITE)


def orders(outgoing: list[Outgoing]) -> list[Outgoing]:
    """Configurations and commands, without what the collector says of the place."""
    return [one for one in outgoing if one.topic.rpartition("/")[2] in ("config", "command")]


class Counter:
    """A collector's intake with one sensor, on a clock that tests set."""

    def __init__(self, folder: Path) -> None:
        self.shop = SmallShop(folder)
        self.shop.sensor("door")
        self.registry = self.shop.collector.registry
        self.now_ms = 1_800_000_000_000

    def set(self, **options: str) -> None:
        Editor(self.registry, "cli:ada", lambda: self.now_ms).set(SHOP, options)
        self.look()

    def look(self) -> None:
        self.shop.intake.refresh(self.now_ms)

    def born(self, config: int = 0, trial: bool = False, boot: bytes = BOOT) -> list[Outgoing]:
        said = Birth("0.1", "3.11", "mips", "lean", "tokens", 0, wants_key=False, config=config, trial=trial)
        return orders(self.shop.take([self.shop.birth(said, "door", boot)], self.now_ms))

    def well(self, config: int = 0) -> list[Outgoing]:
        return orders(self.shop.take([self.shop.health(Health(Totals(), 1.0, 1, config=config), "door")], self.now_ms))

    def says(self, outcome: Outcome, version: int = 0, says: str = "", command: bytes = b"") -> None:
        body = Result(outcome, says, version, command).encode()
        sealed = self.shop.seal_body(Kind.RESULT, body, "door")
        self.shop.take([Message(f"footfall/1/{TENANT}/door/result", sealed)], self.now_ms)

    def sent(self, after_ms: int = 0) -> list[Configuration | Command]:
        self.now_ms += after_ms
        opened = [envelope.unpack(item.payload) for item in orders(self.shop.intake.due(self.now_ms))]
        return [(Configuration if one.kind is Kind.CONFIG else Command).decode(one.body) for one in opened]

    @property
    def push(self) -> Push:
        return Outbox(self.registry.engine).pushes()[1]


@pytest.fixture
def desk(tmp_path: Path) -> Counter:
    return Counter(tmp_path / "collector")


def test_a_fleet_without_layers_is_sent_nothing(desk: Counter) -> None:
    desk.look()
    desk.born()
    assert desk.sent() == []
    assert Outbox(desk.registry.engine).pushes() == {}


def test_a_connected_sensor_is_sent_what_it_should_run(desk: Counter) -> None:
    desk.born()
    desk.set(window_s="60")
    assert desk.sent() == [Configuration(1, desk.now_ms, desk.now_ms + LIFE_MS, {"window_s": "60"})]
    assert (desk.push.state, desk.push.version, desk.push.running) == (PushState.PENDING, 1, 0)


def test_one_that_is_not_there_is_sent_it_when_it_comes(desk: Counter) -> None:
    desk.set(window_s="60")
    assert desk.sent() == []
    desk.born()
    assert len(desk.sent()) == 1
    desk.shop.take([desk.shop.death("door")], desk.now_ms)
    assert desk.sent(10_000_000) == []


def test_it_is_sent_again_with_growing_pauses_until_it_answers(desk: Counter) -> None:
    desk.born()
    desk.set(window_s="60")
    times = [desk.now_ms] if desk.sent() else []
    for _ in range(7200):
        if desk.sent(1000):
            times.append(desk.now_ms)
    pauses = [(later - earlier) / 1000 for earlier, later in pairwise(times)]
    assert 5 <= len(times) <= 12
    assert pauses[0] <= 31
    assert max(pauses) > 600
    desk.says(Outcome.REFUSED, 1, "option window_s: no")
    assert desk.sent(10_000_000) == []
    assert (desk.push.state, desk.push.says) == (PushState.REFUSED, "option window_s: no")


def test_a_start_on_probation_is_told_that_it_was_heard(desk: Counter) -> None:
    """By a command that names this very start; and the state is applied when the sensor says so."""
    desk.born()
    desk.set(window_s="60")
    desk.sent()
    desk.says(Outcome.TRYING, 1)
    (said,) = desk.born(config=1, trial=True, boot=b"new boot")
    keep = Command.decode(envelope.unpack(said.payload).body)
    assert (keep.verb, keep.boot) == (Verb.KEEP, b"new boot")
    assert desk.push.state is PushState.TRYING
    assert len(desk.well(config=1)) == 1  # the first may have been lost
    desk.says(Outcome.OK, 1)
    assert (desk.push.state, desk.push.running, desk.well(config=1)) == (PushState.APPLIED, 1, [])


def test_what_was_given_up_is_not_sent_again_until_somebody_wants_it(desk: Counter) -> None:
    desk.born()
    desk.set(broker_host="192.0.2.9")
    desk.sent()
    desk.says(Outcome.REVERTED, 1, "the collector was not reached")
    desk.born(config=0)
    desk.look()
    assert desk.sent(10_000_000) == []
    assert (desk.push.state, desk.push.says) == (PushState.REVERTED, "the collector was not reached")
    Outbox(desk.registry.engine).retry([desk.registry.sensors()[0]], "cli:ada", "the broker is back", desk.now_ms)
    desk.look()
    assert [one.version for one in desk.sent()] == [2]  # type: ignore[union-attr]


def test_a_sensor_that_has_lost_it_is_sent_it_again(desk: Counter) -> None:
    """A reflash."""
    desk.born()
    desk.set(window_s="60")
    desk.sent()
    desk.born(config=1)
    assert desk.push.state is PushState.APPLIED
    desk.born(config=0)
    assert [one.version for one in desk.sent(60_000)] == [1]  # type: ignore[union-attr]


def test_a_registry_older_than_its_sensors_memory_begins_above_it(desk: Counter) -> None:
    """Restored from a backup; but no leap to where only a stolen key has counted."""
    desk.born(config=7)
    desk.says(Outcome.OK, 7)
    assert (desk.push.version, desk.push.state) == (8, PushState.PENDING)
    desk.says(Outcome.OK, 1 << 53)
    assert desk.push.version == 8


def test_a_version_is_made_anew_before_it_expires(desk: Counter) -> None:
    desk.born()
    desk.set(window_s="60")
    desk.sent()
    desk.says(Outcome.OK, 1)
    desk.born(config=1)
    desk.now_ms += RENEW_MS - 1000
    desk.look()
    assert desk.push.version == 1
    desk.now_ms += RENEW_SPREAD_MS + 2000
    desk.look()
    assert (desk.push.version, [one.options for one in desk.sent()]) == (2, [{"window_s": "60"}])  # type: ignore[union-attr]


def test_a_collector_that_starts_again_knows_all_of_it(desk: Counter) -> None:
    desk.born()
    desk.set(window_s="60")
    desk.shop.intake = desk.shop.collector.intake()
    desk.look()
    assert desk.sent() == []
    desk.well()
    assert [one.version for one in desk.sent()] == [1]  # type: ignore[union-attr]


def test_a_command_goes_to_the_start_that_is_there_and_is_answered_once(desk: Counter) -> None:
    outbox = Outbox(desk.registry.engine)
    order = outbox.order(desk.registry.sensors()[0], "kick", "cli:ada", desk.now_ms)
    desk.born()
    desk.look()
    (command,) = desk.sent()
    assert isinstance(command, Command)
    assert (command.id, command.verb, command.boot) == (order.id, "kick", BOOT)
    assert desk.sent(1000) == []
    desk.says(Outcome.REFUSED, says="it has expired", command=order.id)
    desk.look()
    assert (outbox.last_orders()[0].state, outbox.last_orders()[0].says) == ("refused", "it has expired")


def test_a_command_that_nobody_took_expires_with_a_word(desk: Counter) -> None:
    outbox = Outbox(desk.registry.engine)
    outbox.order(desk.registry.sensors()[0], "kick", "cli:ada", desk.now_ms)
    desk.now_ms += 301_000
    desk.look()
    desk.born()
    assert desk.sent() == []
    assert outbox.last_orders()[0].state == "expired"


def test_nothing_is_tried_again_that_was_never_sent(desk: Counter) -> None:
    with pytest.raises(QueryError, match="never sent"):
        Outbox(desk.registry.engine).retry([desk.registry.sensors()[0]], "cli:ada", "", desk.now_ms)


def test_a_fleets_change_goes_out_a_few_a_second(tmp_path: Path) -> None:
    """300 sensors at once would be 300 restarts in the same moment."""
    desk = Counter(tmp_path / "collector")
    rows = [
        {"tenant": TENANT, "name": f"unit-{n}", "site": SITE, "key_id": bytes(8), "public_key": desk_key(desk)}
        | {"state": "approved", "says": "", "group_name": "", "changed_ms": 0}
        for n in range(300)
    ]
    with writing(desk.registry.engine).begin() as connection:
        connection.execute(insert(schema.sensors), rows)
    desk.set(window_s="60")
    pusher = desk.shop.intake._presence._pusher
    for sensor in desk.registry.sensors():
        pusher.heard(sensor, BOOT, 0, None, desk.now_ms)
    rounds = []
    for _ in range(15):  # seconds; the first is asked again after that
        desk.now_ms += 1000
        rounds.append([item.topic for item in desk.shop.intake.due(desk.now_ms)])
    assert max(map(len, rounds)) <= push.BURST
    assert len({topic for topics in rounds for topic in topics}) == 300


def desk_key(desk: Counter) -> bytes:
    return desk.registry.sensors()[0].public_key
