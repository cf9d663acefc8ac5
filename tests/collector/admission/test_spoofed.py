"""Made-up addresses are told from people, and are not counted; a crowd is, however suddenly it comes.

The air is real where ../shared/data is there: a laboratory, one sniffer, up to 29 people. Crowds are SIMULATED by
laying windows of other days over one; bursts of made-up addresses are SIMULATED. docs/decisions/028 has the figures of
all days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from shop import TENANT, SmallShop, Stay, at, sighting, window

from collector.admission.spoofed import HISTORY_A_HOUR, NEW_MIN, SATURATED, Air, Sound, Usual, judge
from collector.ingest.intake import Message
from collector.options.settings import Settings
from collector.reporting import report
from collector.reporting import text as report_text
from footfall_sensor import capture
from footfall_sensor.listening import Closed, Epoch, Listening, batches
from footfall_sensor.pseudonym import Pseudonymiser
from footfall_sensor.wire.batch import ClockState, Columns, Counters, Sighting

DAYS = ("2022-11-22", "2023-03-07", "2023-10-11")  # among the fullest
WINDOW_MS = 30_000
Rows = list[Sighting]


@dataclass(frozen=True)
class Card:
    """One transmitter that makes up addresses: frames under each, spread of its level, sets of elements."""

    frames: tuple[int, int] = (1, 1)
    level_sd_db: float = 2.0
    classes: int = 1

    def burst(self, random: Random, addresses: int) -> Rows:
        rows = []
        for _ in range(addresses):
            level = max(-95, min(-20, round(random.gauss(-60, self.level_sd_db))))
            first, frames = random.randrange(29_000), random.randint(*self.frames)
            model = random.randrange(self.classes) + 7
            rows.append(
                Sighting(
                    random.getrandbits(64), first, first + 20 * (frames - 1), frames, 1, level, level, 2412, 1, model
                )
            )
        return rows


def hear(air: Air, start_ms: int, rows: Rows) -> bool:
    """Whether a window, cut at the sensor's limit and sent in parts, is flagged."""
    closed = Closed(start_ms, WINDOW_MS, "e", Counters(), Columns.from_rows(rows[:4096]))
    verdicts = [air.hear(batch) for batch in batches(closed, ClockState.SYNCED, 400)]  # every part is heard
    return any(verdicts)


@pytest.fixture(scope="module")
def days(shared_data: Path) -> list[list[tuple[int, Rows]]]:
    """The windows of real days: (start, what was heard)."""

    def listen(path: Path) -> Iterator[Closed]:
        listening = Listening(lambda _: Epoch("e", Pseudonymiser(bytes(range(32)))))
        for frame in capture.read(path):
            yield from listening.hear(frame.ts_ms, frame.raw, frame.link_type)

    return [
        [(closed.start_ms, list(closed.columns)) for closed in listen(path)]
        for day in DAYS
        for path in (shared_data / "occupancy" / "pcap").glob(f"*{day}*")
    ]


@pytest.mark.shared_data
def test_no_real_window_is_flagged(days: list[list[tuple[int, Rows]]]) -> None:
    heard = flagged = 0
    for day in days:
        air = Air()
        for start_ms, rows in day:
            heard += 1
            flagged += hear(air, start_ms, rows)
    assert heard > 1000
    assert flagged == 0


@pytest.mark.shared_data
@pytest.mark.parametrize("windows", [10, 40])
def test_no_sudden_crowd_is_flagged(days: list[list[tuple[int, Rows]]], windows: int) -> None:
    """A train: for three minutes so many other windows of real phones are heard on top of this one."""
    random = Random(26)
    others = [rows for day in days for _, rows in day if len(rows) >= 5]
    flagged, largest = 0, 0
    for day in days:
        air = Air()
        for number, (start_ms, rows) in enumerate(day):
            arriving = number > 60 and number % 60 < 6
            crowd = [row for some in random.sample(others, windows) for row in some] if arriving else []
            largest = max(largest, len(crowd))
            flagged += hear(air, start_ms, rows + crowd)
    assert largest > windows * 10
    assert flagged == 0


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("card", "addresses", "share"),
    [
        (Card(), 100, 1.0),
        (Card(), 10_000, 1.0),  # 100,000 in five minutes
        (Card(frames=(3, 4)), 100, 1.0),
        (Card(classes=40), 100, 1.0),
        (Card(level_sd_db=9), 100, 1.0),
        (Card(frames=(1, 6), level_sd_db=9, classes=40), 10_000, 1.0),  # nothing gives it away but its number
        (Card(frames=(1, 6), level_sd_db=9, classes=40), 1000, 0.0),  # and this one escapes: see decisions/028
    ],
)
def test_a_burst_of_made_up_addresses_is_flagged_in_its_first_window(
    days: list[list[tuple[int, Rows]]], card: Card, addresses: int, share: float
) -> None:
    random = Random(28)
    first, flagged = 0, 0
    for day in days:
        air = Air()
        for number, (start_ms, rows) in enumerate(day[:104]):
            found = hear(air, start_ms, rows + (card.burst(random, addresses) if number >= 100 else []))
            flagged += found
            first += found and number == 100
    assert flagged == share * 4 * len(days)
    assert first == share * len(days)


def test_a_verdict_wants_a_surge_and_two_signs_of_one_transmitter() -> None:
    card = Sound(500, once_share=0.98, level_spread_db=3.0, class_share=1.0)
    usual = Usual(median=20, deviation=5, windows=40)
    assert judge(card, 500, usual)
    assert judge(card, NEW_MIN, usual) is None
    assert judge(Sound(500, 0.98, 15.0, 0.3), 500, usual) is None  # one sign: a crowd heard badly
    assert judge(card, 150, Usual(median=100, deviation=20, windows=40)) is None  # a busy place
    assert judge(card, 150, Usual()) is None  # nothing is known yet
    saturated = judge(Sound(400, 0.3, 15.0, 0.3), SATURATED, Usual(median=3000, deviation=9, windows=40))
    assert saturated is not None
    assert saturated.reason == "saturated"


def test_what_stays_is_not_new() -> None:
    """A hundred devices that are heard in every window are a surge once, at most."""
    air = Air()
    rows = [sighting(token) for token in range(250)]
    assert [hear(air, n * WINDOW_MS, rows) for n in range(30)] == [False] * 30


def test_memory_is_bounded_however_long_it_runs() -> None:
    air = Air()
    for n in range(3 * 2880):
        air.hear(window(n * WINDOW_MS, [sighting(n)]))
    assert set(map(len, air._counts.values())) == {HISTORY_A_HOUR}
    assert len(air._counts) == 24
    for n in range(1000):  # and however much claims to be of one window
        air.hear(window(0, [sighting(n * 512 + row) for row in range(512)]))
    assert sum(map(len, air._now)) < SATURATED + 512


def test_a_burst_is_shown_as_degraded_and_not_as_visitors(tmp_path: Path) -> None:
    """Made up under lasting addresses, which would be passers-by of the panel."""
    shop = SmallShop(tmp_path / "c")
    honest = [Stay(token, at(10), at(11)) for token in range(1, 31)]
    shop.hear(honest, at(9, 30), at(11))
    before = build(shop)
    random = Random(1)
    for number, minute in enumerate(range(20, 25)):  # five minutes of 4 x 500 a minute
        for part in range(4):
            rows = [row._replace(flags=0) for row in Card().burst(random, 500)]
            message = shop.message(window(at(10, minute, 0), rows, part=part, parts=4), "spoofed-at", number * 4 + part)
            shop.take([message], at(24))
    after = build(shop)
    assert [one.reason for one in after.degraded] == ["spoofed"] * 5
    for name in ("visitors", "passers_by", "devices_seen", "dwell"):
        assert after.answer(name).cells == before.answer(name).cells
    assert "Degraded: spoofed-at, 2.5 min: far more new addresses" in report_text.render(after)
    assert report.as_json(after)["degraded"][0]["sensor"] == "spoofed-at"


def test_beyond_its_days_share_a_sensors_windows_are_kept_and_their_sightings_left_out(tmp_path: Path) -> None:
    shop = SmallShop(tmp_path / "c", settings=Settings())
    shop.sensor()
    object.__setattr__(shop.intake._door.limits, "sightings_per_day", 5)
    messages: list[Message] = [shop.message(window(at(10, n), [sighting(1), sighting(2)]), number=n) for n in range(4)]
    assert len(shop.take(messages, at(11))) == 1
    (row,) = shop.collector.store.manifest.ledger()
    assert (row.batches, row.sightings) == (4, 4)
    assert shop.intake.counters()["sightings_over_share"] == 4
    assert [one.reason for one in build(shop).degraded] == ["over_share", "over_share"]


def build(shop: SmallShop) -> report.Report:
    return report.build(shop.collector.store, shop.collector.registry, TENANT, shop.site.name, None, at(24))
