"""Upgrades: the agent leaves word for root and installs nothing; what is not whole or not known is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from footfall_sensor import keys, signing, startup
from footfall_sensor.errors import Malformed
from footfall_sensor.orders import Orders
from footfall_sensor.upgrading import Upgrading
from footfall_sensor.wire.image import Image, ImageOffer
from footfall_sensor.wire.release import Offer, Release
from footfall_sensor.wire.settings import Command, Outcome, Verb

BOOT, ID, NOW_MS = b"B" * 8, b"I" * 8, 1_800_000_000_000
OLD = Release("footfall-sensor", "0.1.0-r1", "ipk", 1000, b"o" * 32)
NEW = Release("footfall-sensor", "0.2.0-r1", "ipk", 1200, b"n" * 32)


def offer(release: Release = NEW) -> Offer:
    key = signing.backend().generate()
    return Offer(release, key.id, signing.backend().sign(key, release.note()), "https://files.example.org/a/b.ipk")


class Unit:
    """Orders of one start, and the folders that it shares with root's helper."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.helper, self.verdict = folder / "upgrade", folder / "footfall-upgrade", folder / "verdict"
        settings = folder / "footfall"
        settings.write_text(f"config sensor\n\toption name 'door'\n\toption state_dir '{folder}/footfall-state'\n")
        upgrading = Upgrading(self.folder, self.helper, self.verdict)
        self.orders = Orders(startup.begin(settings), BOOT, upgrading=upgrading)

    def obey(self, new: Offer | None, back: Offer | None, command: bytes = ID) -> tuple[Outcome, str]:
        came = Command(command, Verb.UPGRADE, BOOT, NOW_MS, NOW_MS + 1000, new, back)
        done = self.orders.obey(Command.decode(came.encode()).encode(), NOW_MS)
        return done.outcome, done.says


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def test_word_is_left_for_root_with_what_a_key_vouches_for(unit: Unit) -> None:
    unit.helper.touch()
    new, back = offer(), offer(OLD)
    assert unit.obey(new, back) == (Outcome.OK, "")
    left = {path.name: path.read_text() for path in unit.folder.iterdir()}
    assert sorted(left) == ["back.note", "back.sig", "back.url", "new.note", "new.sig", "new.url", "order"]
    assert left["new.note"].encode() == NEW.note()
    assert keys.parse_signature(left["new.sig"]) == new.signature
    assert (left["new.url"], left["order"]) == (new.url + "\n", ID.hex() + "\n")
    assert unit.orders.wanted == []


def test_a_unit_without_the_helper_says_so_and_does_nothing(unit: Unit) -> None:
    outcome, says = unit.obey(offer(), offer(OLD))
    assert (outcome, "cannot be upgraded from afar" in says, unit.folder.exists()) == (Outcome.REFUSED, True, False)


def test_one_at_a_time_and_never_without_a_way_back(unit: Unit) -> None:
    unit.helper.touch()
    assert unit.obey(offer(), None)[1] == "the release to install and the one to go back to are wanted"
    assert unit.obey(offer(), offer(OLD), b"1" * 8)[0] is Outcome.OK
    assert unit.obey(offer(), offer(OLD), b"2" * 8) == (Outcome.REFUSED, "an upgrade is under way")


def test_what_became_of_it_is_said_once(unit: Unit) -> None:
    assert unit.orders.news() is None
    unit.verdict.write_text(f"{ID.hex()} reverted the collector was not heard within 10 minutes\n")
    news = unit.orders.news()
    assert news is not None
    assert (news.outcome, news.command) == (Outcome.REVERTED, ID)
    assert news.says == "the collector was not heard within 10 minutes"
    assert unit.orders.news() is None
    for damaged in ("", "zz ok", f"{ID.hex()} perhaps so", "00 ok"):
        unit.verdict.write_text(damaged)
        assert unit.orders.news() is None


@pytest.mark.parametrize(
    "url",
    ["ftp://h/x", "https://h/x?y", "https://h/$(reboot)", "https://h/a b", "https://h/`x`", "https://h", "file:///x"],
)
def test_an_address_that_a_shell_could_trip_over_is_malformed(url: str) -> None:
    fields = replace(offer(), url=url).fields()
    with pytest.raises(Malformed, match="url"):
        Offer.read(fields)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "0.2"},
        {"version": "1.0-r1;x"},
        {"form": "sh"},
        {"package": "busybox"},
        {"size": 0},
        {"sha256": b"x"},
    ],
    ids=str,
)
def test_a_release_that_is_none_is_malformed(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Offer.read(dict(offer().fields()) | change)


def test_versions_compare_by_number() -> None:
    versions = ["0.9.0-r1", "0.10.0-r1", "0.10.0-r2", "0.10.0.1-r1", "1.0-r0"]
    numbers = [replace(NEW, version=version).number for version in versions]
    assert numbers == sorted(numbers)
    assert replace(NEW, version="0.10.0-r2").agent == "0.10.0"


def test_word_of_an_image_is_left_alone_without_a_way_back(unit: Unit) -> None:
    unit.helper.touch()
    image = Image(("tplink,cpe210-v3",), "24.10.5-r28800", "1.0", False, 5, b"h" * 32)
    made = ImageOffer(image, b"k" * 8, b"s" * 64, "http://collector.lan/image/x.bin")
    came = Command(ID, Verb.UPGRADE, BOOT, NOW_MS, NOW_MS + 1000, image=made)
    assert unit.orders.obey(Command.decode(came.encode()).encode(), NOW_MS).outcome is Outcome.OK
    left = {path.name: path.read_text() for path in unit.folder.iterdir()}
    assert sorted(left) == ["image.note", "image.sig", "image.url", "order"]
    assert (left["image.note"].encode(), left["order"]) == (image.note(), f"{ID.hex()} image\n")
