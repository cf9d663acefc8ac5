"""Orders: what the collector wants is taken once, in order, or refused with the reason."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from footfall_sensor import settings, startup
from footfall_sensor.errors import Malformed
from footfall_sensor.orders import Orders
from footfall_sensor.settings_file import SettingsFile
from footfall_sensor.wire.settings import Command, Configuration, Outcome, Result, Verb

BOOT, SIGNER, NOW_MS = b"one boot", "0011223344556677", 1_800_000_000_000

Make = Callable[..., Orders]


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def start(tmp_path: Path, clock: list[float]) -> Make:
    """A start of the agent in the test's folder; each further one is a restart."""
    path = tmp_path / "footfall"
    path.write_text(f"config sensor\n\toption name 'door'\n\toption state_dir '{tmp_path}'\n")
    return lambda boot=BOOT: Orders(startup.begin(path), boot, lambda: clock[0])


def config(version: int, expires_ms: int = NOW_MS + 1000, **options: str) -> bytes:
    return Configuration(version, NOW_MS - 1000, expires_ms, options).encode()


def command(verb: str, boot: bytes = BOOT, id: bytes = b"command1", expires_ms: int = NOW_MS + 1000) -> bytes:
    return Command(id, verb, boot, NOW_MS - 1000, expires_ms).encode()


def test_a_good_configuration_is_tried_from_the_next_start(start: Make) -> None:
    orders = start()
    assert orders.configure(config(1, health_s="30"), NOW_MS, SIGNER) == Result(Outcome.TRYING, "", 1)
    assert orders.wanted == [Verb.RESTART]
    assert (start().state.running, start().state.trial) == (1, True)


def test_a_bad_one_is_refused_as_a_whole_and_nothing_changes(start: Make) -> None:
    orders = start()
    said = orders.configure(config(1, health_s="30", window_s="7200"), NOW_MS, SIGNER)
    assert (said.outcome, said.version) == (Outcome.REFUSED, 1)
    assert said.says.startswith("option window_s: 7200 is outside 5 to 60")
    assert (orders.wanted, orders.state.running) == ([], 0)


def test_an_older_one_is_refused_after_a_restart_too(start: Make) -> None:
    """What was once taken, kept, refused or given up is never taken again: the number is on flash."""
    start().configure(config(5, health_s="30"), NOW_MS, SIGNER)
    with pytest.raises(Malformed, match="not newer than 5"):
        start().configure(config(4, health_s="10"), NOW_MS, SIGNER)
    assert start().state.running == 5


def test_each_key_of_the_collector_counts_for_itself(start: Make) -> None:
    """A stolen key that signed the largest version locks its successor out no more than it lets old ones in again."""
    start().configure(config(1 << 53, health_s="30"), NOW_MS, SIGNER)
    assert start().configure(config(1, health_s="10"), NOW_MS, "another").outcome is Outcome.TRYING
    for version, signer in ((1 << 53, SIGNER), (7, SIGNER), (1, "another")):
        orders = start()
        with suppress(Malformed):
            assert orders.configure(config(version, health_s="3600"), NOW_MS, signer).version == 1
        assert orders.state.options() == {"health_s": "10"}


def test_the_same_one_again_is_answered_again_and_not_taken_twice(start: Make) -> None:
    orders = start()
    first = orders.configure(config(1, health_s="30"), NOW_MS, SIGNER)
    writes = orders.state.writes
    assert orders.configure(config(1, health_s="30"), NOW_MS, SIGNER) == first
    assert (orders.wanted, orders.state.writes) == ([Verb.RESTART], writes)


def test_an_expired_one_is_refused_where_the_time_is_known(start: Make) -> None:
    orders = start()
    with pytest.raises(Malformed, match="expired"):
        orders.configure(config(1, NOW_MS - 1), NOW_MS, SIGNER)
    assert orders.state.last is None
    assert orders.configure(config(1, NOW_MS - 1, health_s="30"), 0, SIGNER).outcome is Outcome.TRYING


def test_a_configuration_that_has_expired_goes_on_and_says_so(start: Make) -> None:
    start().configure(config(1, health_s="30"), NOW_MS, SIGNER)
    orders = start()
    orders.reached()
    assert [orders.stale(ms) for ms in (0, NOW_MS, NOW_MS + 1001)] == [False, False, True]
    assert orders.state.options() == {"health_s": "30"}


def test_the_collectors_word_to_this_start_ends_the_probation(start: Make) -> None:
    start().configure(config(1, health_s="30"), NOW_MS, SIGNER)
    orders = start()
    assert orders.obey(command("keep"), 0) == Result(Outcome.OK, "", 1)
    assert not orders.state.trial
    assert orders.wanted == []
    assert start().state.running == 1


def test_the_start_that_takes_a_configuration_cannot_vouch_for_it(start: Make) -> None:
    """Its own words between the taking and the restart are answered; they were said with what ran before."""
    orders = start()
    orders.configure(config(1, health_s="30"), NOW_MS, SIGNER)
    assert (orders.running, orders.trial) == (0, False)
    orders.obey(command("keep"), NOW_MS)
    assert orders.reached() is None
    assert orders.state.trial


def test_a_word_to_an_earlier_start_ends_nothing(start: Make) -> None:
    """A broker that plays old messages again cannot vouch for the collector."""
    start().configure(config(1, health_s="30"), NOW_MS, SIGNER)
    orders = start()
    assert orders.obey(command("keep", boot=b"bootbefo"), NOW_MS).outcome is Outcome.REFUSED
    assert orders.state.trial


def test_probation_without_a_word_is_given_up_with_the_reason(start: Make, clock: list[float]) -> None:
    start().configure(config(1, broker_host="192.0.2.9"), NOW_MS, SIGNER)
    orders = start()
    clock[0] += settings.PROBATION_S - 1
    orders.watch("not connected: no route to host")
    assert (orders.state.trial, orders.wanted) == (True, [])
    clock[0] += 1
    orders.watch("not connected: no route to host")
    assert orders.wanted == [Verb.RESTART]
    assert orders.state.last == Result(
        Outcome.REVERTED, "the collector was not reached: not connected: no route to host", 1
    )
    assert (start().state.running, start().state.trial) == (0, False)


@pytest.mark.parametrize("verb", [Verb.KICK, Verb.REPORT, Verb.RESEND, Verb.RESTART])
def test_a_command_is_done_once_however_often_it_comes(verb: Verb, start: Make) -> None:
    orders = start()
    first = orders.obey(command(verb), NOW_MS)
    assert first == Result(Outcome.OK, "", command=b"command1")
    assert orders.obey(command(verb), NOW_MS) == first
    assert orders.wanted == [verb]


@pytest.mark.parametrize(
    ("body", "now_ms", "says"),
    [
        (command("reboot; rm -rf /"), NOW_MS, "is no command"),
        (command("kick", boot=b"another."), NOW_MS, "another start"),
        (command("kick", expires_ms=NOW_MS - 1), NOW_MS, "expired"),
        (command("kick"), 0, "time is not known"),
    ],
)
def test_a_command_that_may_not_be_done_is_refused_with_the_reason(
    body: bytes, now_ms: int, says: str, start: Make
) -> None:
    orders = start()
    said = orders.obey(body, now_ms)
    assert said.outcome is Outcome.REFUSED
    assert says in said.says
    assert orders.wanted == []


def test_there_are_at_most_eight_commands() -> None:
    assert len(Verb) <= 8


def test_flash_that_cannot_be_written_takes_nothing(start: Make, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """What is not remembered is not tried; the collector hears why."""
    orders = start()
    (tmp_path / f"{SettingsFile(tmp_path).path.name}.new").mkdir()
    said = orders.configure(config(1, health_s="30"), NOW_MS, SIGNER)
    assert (said.outcome, said.version, orders.wanted) == (Outcome.REFUSED, 1, [])
    assert "cannot write" in said.says
    assert "cannot write" in capsys.readouterr().err
