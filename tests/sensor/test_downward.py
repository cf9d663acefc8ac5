"""What comes down is done only if a collector that counts now said it, to this unit, in order and in time."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trust_vectors
from trust_vectors import BACKEND, BOOT, DAY_MS, NEXT, NOW_MS, PINNED, SENSOR, ack, holds, seal, trust

from footfall_sensor import downward
from footfall_sensor.downward import BOOTS_MAX, POLICIES, REPEATED_MAX, Downward, Policy
from footfall_sensor.errors import Malformed, SensorError
from footfall_sensor.floors import Floors
from footfall_sensor.keys import PublicKey, read_public
from footfall_sensor.trusted import LINKS_MAX, Trusted
from footfall_sensor.wire import body
from footfall_sensor.wire.envelope import Kind

VECTORS = sorted(trust_vectors.FOLDER.glob("*.json"))


def unit(folder: Path, pinned: PublicKey = PINNED.public) -> Downward:
    """As a unit that has just started: the real module over real files."""
    pin = folder / "collector.pub"
    if not pin.exists():
        pin.write_text(pinned.text())
    trusted = Trusted(SENSOR, pin, folder / "collector.trust", BACKEND.verify)
    return Downward(SENSOR, trusted, Floors(folder / "floors"))


def give(to: Downward, raw: bytes, leaf: str = "", utc_ms: int | None = NOW_MS) -> str:
    """What becomes of a message: taken, repeated, or refused with the text."""
    try:
        order = to.accept(leaf or Kind(raw[1]).name.lower(), raw, utc_ms)
        if order is not None and order.kind is Kind.TRUST:
            to.take_trust(order, utc_ms)
    except Malformed as exc:
        return f"refused: {exc}"
    return "repeated" if order is None else "taken"


def version(to: Downward) -> int:
    return to._trusted.version


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_frozen_attack(path: Path, tmp_path: Path) -> None:
    """Each step has the outcome that is frozen with it, by the real module over real files."""
    said: dict[str, Any] = json.loads(path.read_text())
    pinned = PublicKey(*(bytes.fromhex(said["pinned"][name]) for name in ("id", "key")))
    tried = unit(tmp_path, pinned)
    for at, step in enumerate(said["steps"]):
        if step.get("restart"):
            tried = unit(tmp_path)
            continue
        outcome = give(tried, bytes.fromhex(step["raw"]), step["leaf"], step["utc_ms"])
        assert outcome.startswith(step["outcome"]), (at, outcome)
        assert step["match"] in outcome, at


def test_every_attack_is_frozen_as_it_is_described() -> None:
    """No case without its file and no file without its case; and today's code makes the same bytes."""
    described = trust_vectors.cases()
    assert set(described) == {path.stem for path in VECTORS}
    assert len(described) >= 12
    for path in VECTORS:
        assert json.loads(path.read_text())["steps"] == described[path.stem].steps


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledgements under the policy of a kind that acts: no such kind is part of this module."""
    monkeypatch.setitem(POLICIES, Kind.ACK, Policy(dated=True, clockless=False, floor=True))


def _acting(number_ms: int, by: object = PINNED, boot: bytes = BOOT) -> bytes:
    packed = body.pack({"boots": [], "issued": NOW_MS, "expires": NOW_MS + 300_000})
    return seal(Kind.ACK, packed, number_ms, by=by, boot=boot)  # type: ignore[arg-type]


@pytest.mark.usefixtures("acting")
def test_a_kind_that_acts_is_not_replayed_over_a_restart(tmp_path: Path) -> None:
    """Its number lies on flash before anything is done about it; another start of the collector changes nothing."""
    first = unit(tmp_path)
    assert give(first, _acting(NOW_MS)) == "taken"
    again = unit(tmp_path)
    assert "before the restart" in give(again, _acting(NOW_MS))
    assert "before the restart" in give(again, _acting(NOW_MS - 1, boot=b"another."))
    assert give(again, _acting(NOW_MS + 1)) == "taken"


@pytest.mark.usefixtures("acting")
def test_a_kind_that_acts_is_refused_while_the_time_is_not_known(tmp_path: Path) -> None:
    """Nobody can say whether it was held back."""
    assert "does not know the time" in give(unit(tmp_path), _acting(NOW_MS), utc_ms=None)


@pytest.mark.usefixtures("acting")
def test_floors_of_a_key_go_with_the_key(tmp_path: Path) -> None:
    """A stolen key that had counted up binds the next one no more, also after a restart."""
    first = unit(tmp_path)
    assert give(first, _acting(NOW_MS + DAY_MS - 1)) == "taken"
    handed = seal(Kind.TRUST, trust(1, holds(NEXT)), NOW_MS + DAY_MS)
    assert give(first, handed) == "taken"
    assert (tmp_path / "floors").read_text() == ""
    assert give(first, _acting(NOW_MS, by=NEXT)) == "taken"
    assert "before the restart" in give(unit(tmp_path), _acting(NOW_MS - 1, by=NEXT))


@pytest.mark.usefixtures("acting")
def test_a_floor_that_lies_in_the_far_future_is_passed_over(tmp_path: Path) -> None:
    """It was counted up while the unit did not know the time, or by a clock that was wrong."""
    Floors(tmp_path / "floors").raise_to(Kind.ACK, PINNED.public, (NOW_MS + 2 * DAY_MS) * 1000)
    assert give(unit(tmp_path), _acting(NOW_MS)) == "taken"


def test_damaged_floors_are_left_out_line_by_line(tmp_path: Path) -> None:
    floors = Floors(tmp_path / "floors")
    floors.raise_to(Kind.ACK, PINNED.public, 7)
    floors.raise_to(Kind.EPOCH, PINNED.public, 8)
    path = tmp_path / "floors"
    path.write_bytes(path.read_bytes().replace(b" 7\n", b" seven\n") + b"\xff\xff half a li")
    again = Floors(path)
    assert (again.at(Kind.ACK, PINNED.public), again.at(Kind.EPOCH, PINNED.public)) == (-1, 8)


@pytest.mark.usefixtures("acting")
def test_what_cannot_be_remembered_is_not_done(tmp_path: Path) -> None:
    """A full flash: the order is refused with words, not taken and forgotten."""
    tried = unit(tmp_path)
    (tmp_path / "floors.new").mkdir()
    with pytest.raises(SensorError, match="floors"):
        give(tried, _acting(NOW_MS))


def test_memory_is_bounded_whatever_comes(tmp_path: Path) -> None:
    """Thousands of starts and messages: a handful of numbers and signatures stay, and no old message gets in."""
    tried = unit(tmp_path)
    for start in range(300):
        assert give(tried, ack(NOW_MS + start, boot=start.to_bytes(8, "big"))) == "taken"
    assert len(tried._highest) == BOOTS_MAX
    assert len(tried._recent) == REPEATED_MAX
    assert "older" in give(tried, ack(NOW_MS + 5, boot=(5).to_bytes(8, "big"))), "forgotten, and not let in again"


# Lists of keys over restarts.


def _hand_on(count: int) -> list[bytes]:
    """Lists that hand the word on from key to key, each signed by the one before."""
    made = [trust_vectors._key(20 + number) for number in range(count)]
    signers = [PINNED, *made]
    return [
        seal(Kind.TRUST, trust(number + 1, holds(key)), NOW_MS + number, by=signers[number])
        for number, key in enumerate(made)
    ]


def test_a_chain_of_lists_is_verified_anew_at_each_start(tmp_path: Path) -> None:
    """Every link from the key that was given by hand; one flipped bit and what comes after it is not believed."""
    tried = unit(tmp_path)
    for raw in _hand_on(3):
        assert give(tried, raw) == "taken"
    assert version(unit(tmp_path)) == 3
    path = tmp_path / "collector.trust"
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    path.write_bytes(damaged)
    assert version(unit(tmp_path)) == 1
    path.write_bytes(whole[:-10])
    assert version(unit(tmp_path)) == 2
    path.write_bytes(b"\xff" * 5000)
    assert version(unit(tmp_path)) == 0


def test_a_forged_file_of_lists_is_not_believed(tmp_path: Path) -> None:
    """Who can write the file has no key that counts."""
    forged = seal(Kind.TRUST, trust(1, holds(trust_vectors.STRANGER)), by=trust_vectors.STRANGER)
    (tmp_path / "collector.trust").write_bytes(len(forged).to_bytes(2, "little") + forged)
    assert version(unit(tmp_path)) == 0
    foreign = seal(Kind.TRUST, trust(1, holds(trust_vectors.STRANGER)), sensor="shop-7-window")
    (tmp_path / "collector.trust").write_bytes(len(foreign).to_bytes(2, "little") + foreign)
    assert version(unit(tmp_path)) == 0


def test_the_file_of_lists_does_not_grow_for_ever(tmp_path: Path) -> None:
    """After LINKS_MAX the key that signed the newest takes the place of the one given by hand; nothing else changes."""
    tried = unit(tmp_path)
    lists = _hand_on(2 * LINKS_MAX + 3)
    for number, raw in enumerate(lists):
        assert give(tried, raw) == "taken"
        assert version(unit(tmp_path)) == number + 1
    assert (tmp_path / "collector.trust").stat().st_size <= LINKS_MAX * (2 + max(map(len, lists)))
    assert read_public(tmp_path / "collector.pub") != PINNED.public


def test_a_power_cut_between_the_two_files_locks_nobody_out(tmp_path: Path) -> None:
    """The key given by hand was replaced, the file of lists not yet: the unit falls back on it and says so."""
    tried = unit(tmp_path)
    lists = _hand_on(LINKS_MAX + 1)
    for raw in lists[:-1]:
        assert give(tried, raw) == "taken"
    signer = tried._trusted.trust.keys[0].key
    (tmp_path / "collector.pub").write_text(signer.text())
    again = unit(tmp_path)
    assert version(again) == 0
    assert give(again, lists[-1]) == "taken"
    assert version(unit(tmp_path)) == LINKS_MAX + 1


def test_a_list_that_cannot_be_kept_is_not_believed(tmp_path: Path) -> None:
    """Else a restart would throw the unit back without anybody's knowing."""
    tried = unit(tmp_path)
    (tmp_path / "collector.trust.new").mkdir()
    with pytest.raises(SensorError, match=r"collector\.trust"):
        give(tried, _hand_on(1)[0])
    assert version(tried) == 0


def test_every_downward_kind_has_a_policy_and_no_upward_one() -> None:
    assert set(POLICIES) == {kind for kind in Kind if kind >= 16} - {Kind.MEMBER}  # that one comes by HTTP


def test_a_message_is_verified_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's bytes never reach msgpack."""

    def never(_raw: bytes) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(downward, "body", replace_module(never))
    assert "not signed" in give(unit(tmp_path), ack(by=trust_vectors.STRANGER))


def replace_module(unpack: object) -> object:
    return type("Body", (), {"unpack": staticmethod(unpack)})  # type: ignore[arg-type]


def test_an_order_shows_what_its_handler_needs(tmp_path: Path) -> None:
    tried = unit(tmp_path)
    order = tried.accept("ack", ack(), NOW_MS)
    assert order is not None
    assert (order.kind, order.number, order.issued_ms, order.expires_ms) == (Kind.ACK, NOW_MS * 1000, NOW_MS, 0)
    assert order.signer == PINNED.public
    assert replace(order, number=1) != order
