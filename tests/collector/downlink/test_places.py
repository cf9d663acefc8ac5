"""Places: what each demands of its sensors, said to them, and kept at the door."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from shop import BOOT, SENSOR, SITE, TENANT, SmallShop, at, sighting, window

from collector import calendar
from collector.downlink.places import open_spans
from collector.downlink.sealing import Outgoing
from collector.errors import QueryError
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.records.audit import Audit
from collector.records.registry import Site
from collector.records.sites import Change, Sites
from collector.storage.store import SIGHTINGS
from footfall_sensor.objections import Objectors
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.sealing import Opener
from footfall_sensor.wire import envelope
from footfall_sensor.wire.envelope import Kind
from footfall_sensor.wire.epoch import OPEN_SPANS_MAX
from footfall_sensor.wire.messages import Birth, EpochKey, Health, Totals
from footfall_sensor.wire.objections import Objections

PHONE = bytes.fromhex("0017f2aabbcc")
BERLIN = "Europe/Berlin"
ASKS = Opener()  # of the sensor whose births these are


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = SmallShop(tmp_path / "collector", settings=Settings())
    made.sensor()
    return made


def birth(objections: int = 0, wants_key: bool = True) -> Birth:
    return Birth("0.1", "3.11", "mips", "lean", "tokens", 0, wants_key, seal=ASKS.public, objections=objections)


def answers(outgoing: list[Outgoing]) -> list[Objections | EpochKey]:
    """What was said, as the sensor that asked reads it."""
    found: list[Objections | EpochKey] = []
    for one in (envelope.unpack(item.payload) for item in outgoing):
        if one.kind is Kind.EPOCH:
            key = EpochKey.decode(one.body)
            found.append(replace(key, key=bytes(key.opened(one.sensor, ASKS)), peer=b""))
        else:
            listed = Objections.decode(one.body)
            found.append(listed if listed.announces else listed.opened(one.sensor, ASKS))
    return found


def object_to(shop: SmallShop, site: str = SITE) -> None:
    shop.collector.objections.add(TENANT, site, PHONE, None, "cli:test", at(12))
    shop.intake.refresh()


def configure(shop: SmallShop, why: str = "", **change: object) -> Site:
    changed = Sites(shop.collector.registry).change(
        TENANT,
        SITE,
        Change(**change),
        why,
        "cli:test",
        at(12),  # type: ignore[arg-type]
    )
    shop.intake.refresh()
    return changed


def test_birth_is_answered_with_the_list_and_then_the_key_that_asks_for_it(shop: SmallShop) -> None:
    object_to(shop)
    listed, key = answers(shop.take([shop.birth(birth())], at(12)))
    assert isinstance(listed, Objections)
    assert isinstance(key, EpochKey)
    assert PHONE in Objectors(listed)
    assert key.objections == listed.version
    assert listed.expires_ms == at(12) + 14 * 86_400_000


def test_list_is_not_sent_to_a_unit_that_has_it(shop: SmallShop) -> None:
    """It is up to 30 kB, and units ask for keys again and again."""
    listed, _ = answers(shop.take([shop.birth(birth())], at(12)))
    assert isinstance(listed, Objections)
    assert [type(one) for one in answers(shop.take([shop.birth(birth(listed.version))], at(12)))] == [EpochKey]


def test_new_objection_is_announced_at_the_next_refresh(shop: SmallShop) -> None:
    """To every approved sensor of the places where it holds, and to no other; once. A refresh is due every 5 s."""
    Sites(shop.collector.registry).change(TENANT, "mall", Change(), "", "cli:test", at(12))
    for name, site in (("door-1", SITE), ("door-2", "mall")):
        shop.sensor(name, site)
    shop.intake.refresh()
    assert shop.intake.announcements(at(12)) == []
    object_to(shop)
    said = shop.intake.announcements(at(12))
    assert sorted(item.topic.split("/")[3] for item in said) == ["door-1", SENSOR]
    assert all(isinstance(one, Objections) and one.announces for one in answers(said))
    assert shop.intake.announcements(at(12)) == []


def test_unit_that_missed_the_announcement_is_told_with_its_next_health(shop: SmallShop) -> None:
    listed, _ = answers(shop.take([shop.birth(birth())], at(12)))
    assert isinstance(listed, Objections)
    health = Health(Totals(), 1.0, at(12), objections=listed.version)
    assert shop.take([shop.health(health)], at(12)) == []
    object_to(shop)
    (word,) = answers(shop.take([shop.health(health)], at(12)))
    assert isinstance(word, Objections)
    assert word.announces
    assert word.version > listed.version


def test_without_the_vaults_key_neither_list_nor_key_goes_out(shop: SmallShop) -> None:
    """Then units make no token: better nothing is counted than somebody who objected."""
    object_to(shop)
    shop.collector.vault.path.unlink()
    del shop.collector.vault._cipher
    assert shop.take([shop.birth(birth())], at(12)) == []


def test_list_is_made_anew_each_week_and_said(shop: SmallShop) -> None:
    shop.intake.announcements(at(12))
    assert shop.intake.announcements(at(24 * 7 + 11)) == []
    assert len(shop.intake.announcements(at(24 * 7 + 12))) == 1


# Sensitive places.


def batch(shop: SmallShop, number: int) -> Message:
    return shop.message(window(at(10, number), [sighting(number + n) for n in range(20)]), number=number)


def test_no_token_of_a_sensitive_site_is_stored_whatever_its_sensors_send(shop: SmallShop) -> None:
    """A misconfigured unit leaks nothing: its windows are stored without sightings, acknowledged, and counted."""
    configure(shop, sensitive=True)
    shop.take([batch(shop, number) for number in range(5)], at(11))
    store = shop.collector.store
    assert store.manifest.files(TENANT, SIGHTINGS) == []
    assert shop.intake.refused == {"sensitive_site": 5}
    assert shop.collector.quarantine.list() == []
    assert [(row.batches, row.sightings) for row in store.manifest.ledger()] == [(5, 0)]
    stored = b"".join(path.read_bytes() for path in shop.collector.folder.rglob("*") if path.is_file())
    assert (7).to_bytes(8, "little") * 3 not in stored


def test_other_sites_keep_their_tokens(shop: SmallShop) -> None:
    shop.take([batch(shop, number) for number in range(5)], at(11))
    assert shop.intake.refused == {}
    assert len(shop.collector.store.manifest.files(TENANT, SIGHTINGS)) == 1


def test_sensitive_site_gets_no_key_that_anybody_shares(shop: SmallShop) -> None:
    """Its sensors are told to count; should one make tokens all the same, it does so under a key that nobody keeps."""
    running = shop.collector.epochs.for_time(shop.collector.registry.tenant(TENANT), 0, at(12))
    assert running is not None
    configure(shop, sensitive=True)
    keys = [answers(shop.take([shop.birth(birth())], at(12)))[-1] for _ in range(2)]
    assert all(isinstance(key, EpochKey) and key.counts for key in keys)
    tokens = {Pseudonymiser(key.key).token(PHONE) for key in (running, *keys) if isinstance(key, EpochKey)}
    assert len(tokens) == 3


def test_change_of_a_place_is_a_new_version_that_is_announced(shop: SmallShop) -> None:
    shop.intake.announcements(at(12))
    for change in ({"sensitive": True}, {"opens": "09:00", "closes": "20:00"}, {"time_zone": BERLIN}):
        configure(shop, **change)
        assert len(shop.intake.announcements(at(12))) == 1
    configure(shop, opens="09:00")
    assert shop.intake.announcements(at(12)) == []


def test_changes_are_in_the_audit_log_and_loosening_wants_a_reason(shop: SmallShop) -> None:
    configure(shop, sensitive=True, opens="09:00", closes="20:00")
    with pytest.raises(QueryError, match="--why"):
        configure(shop, sensitive=False)
    assert shop.collector.registry.site(TENANT, SITE).sensitive
    configure(shop, why="the clinic has moved out", sensitive=False)
    configure(shop)
    said = [(entry.verb, entry.object, entry.says) for entry in Audit(shop.collector.registry.engine).entries()]
    assert said == [
        ("configure", "site default/shop", "opens: - -> 09:00; closes: - -> 20:00; sensitive: no -> yes"),
        ("configure", "site default/shop", "sensitive: yes -> no (the clinic has moved out)"),
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"opens": "09:00"}, "--closes"),
        ({"opens": "9:00", "closes": "20:00"}, "HH:MM"),
        ({"opens": "09:00", "closes": "24:00"}, "HH:MM"),
        ({"opens": "09:00", "closes": "09:00"}, "--always-open"),
    ],
)
def test_hours_that_cannot_be_are_refused(shop: SmallShop, change: dict[str, str], says: str) -> None:
    with pytest.raises(QueryError, match=says):
        configure(shop, **change)


# Opening hours.


def local(spans: tuple[tuple[int, int], ...] | None, zone: str) -> list[str]:
    assert spans is not None
    return [
        " to ".join(
            datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%d %H:%M") for ms in span
        )
        for span in spans
    ]


def day_start(day: str) -> int:
    return calendar.day_named(day, BERLIN, 4).start_ms


def test_hours_go_out_with_the_key_in_utc(shop: SmallShop) -> None:
    """A week of them, of the site's own time; none where it never closes."""
    (*_, key) = answers(shop.take([shop.birth(birth())], at(12)))
    assert isinstance(key, EpochKey)
    assert key.open_spans is None
    configure(shop, opens="09:00", closes="20:00", time_zone=BERLIN)
    (*_, key) = answers(shop.take([shop.birth(birth())], at(12)))
    assert isinstance(key, EpochKey)
    assert key.open_spans is not None
    assert key.open_spans[0] == (at(8), at(19))
    assert len(key.open_spans) == 7


@pytest.mark.parametrize(
    ("day", "hours", "length_h"),
    [("2026-03-28", "01:00 06:00", 4), ("2026-10-24", "01:00 06:00", 6), ("2026-06-01", "01:00 06:00", 5)],
    ids=["spring", "autumn", "summer"],
)
def test_nights_of_the_clock_change_are_as_long_as_they_are(day: str, hours: str, length_h: int) -> None:
    """01:00 to 06:00 local is 4 hours in the spring night, 6 in the autumn night."""
    opens, closes = hours.split()
    spans = open_spans(Site(TENANT, SITE, BERLIN, opens=opens, closes=closes), day_start(day))
    assert spans is not None
    night = next(span for span in spans if span[1] - span[0] != 2 * 3_600_000)
    assert night[1] - night[0] == length_h * 3_600_000


def test_overnight_venue_is_open_across_midnight_and_across_the_turn() -> None:
    """20:00 to 03:00 ends before the day turns at 04:00; 20:00 to 05:00 is open at the turn, on both of its sides."""
    bar = open_spans(Site(TENANT, SITE, BERLIN, opens="20:00", closes="03:00"), day_start("2026-06-01"))
    assert local(bar, BERLIN)[:2] == ["01 20:00 to 02 03:00", "02 20:00 to 03 03:00"]
    club = open_spans(Site(TENANT, SITE, BERLIN, opens="20:00", closes="05:00"), day_start("2026-06-01"))
    assert local(club, BERLIN)[:2] == ["01 04:00 to 01 05:00", "01 20:00 to 02 05:00"]
    assert club is not None
    assert len(club) == 8


@pytest.mark.parametrize("opens", range(0, 24, 3))
@pytest.mark.parametrize("closes", range(1, 24, 3))
@pytest.mark.parametrize("day", ["2026-03-25", "2026-10-21", "2026-06-01"])
def test_any_hours_fit_the_wire(opens: int, closes: int, day: str) -> None:
    place = Site(TENANT, SITE, BERLIN, opens=f"{opens:02}:30", closes=f"{closes:02}:15")
    spans = open_spans(place, day_start(day))
    assert spans is not None
    assert len(spans) <= OPEN_SPANS_MAX
    key = EpochKey("d", 0, 1, bytes(32), 1, open_spans=spans)
    assert EpochKey.decode(key.encode()).open_spans == spans


def test_coverage_plans_with_the_hours_that_sensors_keep_to(shop: SmallShop) -> None:
    """A unit that was there all the time that its place was open has covered all of it: closed hours are no loss."""
    configure(shop, opens="09:00", closes="20:00")
    spans = open_spans(shop.collector.registry.site(TENANT, SITE), at(4))
    assert spans is not None
    batches = [window(ms) for ms in range(spans[0][0], spans[0][1], 30_000)]
    messages = [shop.message(one, number=number, boot=BOOT) for number, one in enumerate(batches)]
    for first in range(0, len(messages), 20):  # as fast as the door lets in
        shop.take(messages[first : first + 20], at(21, 0, first))
    from collector.reporting import report

    built = report.build(
        shop.collector.store, shop.collector.registry, TENANT, SITE, calendar.Span("day", at(4), at(28)), at(28)
    )
    assert built.answer("coverage").value == 1.0
