"""The fold: from sightings to stays, each judged as design section 7 says."""

import random
from pathlib import Path
from typing import Any

import pytest
from shop import DAY, STREET_DBM, TENANT, SmallShop, Stay, at

from collector import calendar
from collector import folder as folders
from collector.metrics import sql_text
from collector.records.registry import Site
from collector.stays import fold
from collector.storage.store import OPEN_STAYS, SIGHTINGS, STAYS
from footfall_sensor.frames import RSSI_UNKNOWN_DBM

DOOR, BACK = "door", "back"


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path / "collector", site=Site(TENANT, "shop", opens="06:00", closes="22:00"))


def refold(shop: SmallShop, now_ms: int = 0) -> list[str]:
    return fold.refresh(shop.collector.store, shop.collector.registry.tenant(TENANT), [shop.site], now_ms)


def judged(shop: SmallShop) -> list[dict[str, Any]]:
    """What has been folded so far, judged, in the order of site, start and token."""
    manifest = shop.collector.store.manifest
    files = [file for kind in (STAYS, OPEN_STAYS) for file in manifest.files(TENANT, kind)]
    with fold.engine() as connection:
        shop.collector.store.read(connection, files).create_view("stays")
        fold.judge(connection, [shop.site], calendar.day_named(DAY, "UTC", 4))
        return connection.sql("FROM visits_judged ORDER BY site, start_ms, token").to_arrow_table().to_pylist()


def outcomes(shop: SmallShop) -> list[tuple[int, str, str | None]]:
    refold(shop)
    return [(row["token"], row["outcome"], row["reason"]) for row in judged(shop)]


def test_a_minute_inside_is_a_visit_and_less_is_passing_by(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 1, 1)), Stay(2, at(10), at(10, 0, 59)), Stay(3, at(10), at(10, 20), STREET_DBM)])
    assert outcomes(shop) == [(1, "visit", None), (2, "passer_by", None), (3, "passer_by", None)]


def test_a_stay_ends_after_a_quarter_of_an_hour_of_silence(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5)), Stay(1, at(10, 19), at(10, 25)), Stay(1, at(10, 45), at(10, 50))])
    assert outcomes(shop) == [(1, "visit", None)] * 2


def test_what_two_sensors_hear_of_a_device_is_one_stay(shop: SmallShop) -> None:
    stays = [Stay(1, at(10), at(10, 5))]
    shop.hear(stays, sensor=DOOR)
    shop.hear([Stay(1, at(10, 3), at(10, 9))], sensor=BACK)
    refold(shop)
    (row,) = judged(shop)
    assert (row["start_ms"], row["end_ms"]) == (at(10), at(10, 9) - 1)


def test_a_randomised_address_makes_no_visit_because_the_next_one_cannot_be_linked_to_it(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 30), randomised=True)])
    assert outcomes(shop) == [(1, "unlinked", None)]


def test_noise_is_named_by_its_reason(shop: SmallShop) -> None:
    shop.hear(
        [
            Stay(1, at(10), at(10, 5), -91),
            Stay(2, at(5), at(5, 20)),
            Stay(4, at(10), at(10, 5), RSSI_UNKNOWN_DBM),
            *(Stay(3, at(hour), at(hour, 1)) for hour in range(8, 18)),
        ]
    )
    found = set(outcomes(shop))
    assert found == {(1, "noise", "weak"), (2, "noise", "closed"), (3, "noise", "fixed"), (4, "noise", "no_signal")}


def test_five_hours_are_a_visit_six_are_staff_and_ten_are_a_fixed_device(shop: SmallShop) -> None:
    shop.hear([Stay(hours, at(hour), at(hour, 2)) for hours in (5, 6, 9, 10) for hour in range(8, 8 + hours)])
    found = set(outcomes(shop))
    assert found == {(5, "visit", None), (6, "noise", "staff"), (9, "noise", "staff"), (10, "noise", "fixed")}


def test_who_is_inside_when_it_opens_and_when_it_closes_works_there(shop: SmallShop) -> None:
    """06:00 to 22:00. Who comes first, or goes last, is a visitor; nobody's street phone is staff."""
    first, last = (at(6, 10), at(6, 20)), (at(21, 40), at(21, 50))
    shop.hear(
        [
            *(Stay(1, *times) for times in (first, last)),
            Stay(2, *first),
            Stay(3, *last),
            *(Stay(4, *times, STREET_DBM) for times in (first, last)),
        ]
    )
    found = set(outcomes(shop))
    assert found == {(1, "noise", "staff"), (2, "visit", None), (3, "visit", None), (4, "passer_by", None)}


def test_who_is_heard_for_hours_and_never_inside_is_a_neighbour(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(hour), at(hour, 2), STREET_DBM) for hour in range(8, 14)])
    assert set(outcomes(shop)) == {(1, "noise", "neighbour")}


def test_a_device_that_is_there_at_night_is_no_visitor_by_day(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(hour), at(hour, 5)) for hour in (22, 23, 24, 25)] + [Stay(1, at(12), at(12, 9))])
    assert {(outcome, reason) for _, outcome, reason in outcomes(shop)} == {("noise", "fixed")}


def test_one_weak_frame_of_a_lasting_address_is_a_stray_one_and_a_burst_of_a_random_one_is_not(shop: SmallShop) -> None:
    shop.hear(
        [
            Stay(1, at(10), at(10, 0, 1), -86),
            Stay(2, at(10), at(10, 0, 1), -84),
            Stay(3, at(10), at(10, 0, 1), -86, randomised=True),
        ]
    )
    assert set(outcomes(shop)) == {(1, "noise", "stray"), (2, "passer_by", None), (3, "unlinked", None)}


def test_at_the_door_on_most_days_of_an_epoch_is_staff() -> None:
    """Three mornings of four, a quarter of an hour each; two mornings of four are a regular visitor."""
    site = Site(TENANT, "shop", opens="06:00", closes="22:00")
    span = calendar.Span("epoch", at(4), at(4 + 4 * 24))
    stays = [
        (f"2026-03-{2 + day:02}", token, at(6 + 24 * day, 5), at(6 + 24 * day, 20))
        for token, days in ((1, (0, 1, 3)), (2, (0, 1)))
        for day in days
    ] + [(f"2026-03-{2 + day:02}", 2, at(13 + 24 * day), at(13 + 24 * day, 20)) for day in (2, 3)]
    with fold.engine() as connection:
        connection.execute(
            "CREATE TABLE stays AS SELECT $1 AS day, 'shop' AS site, 0::BIGINT AS token, 0::BIGINT AS start_ms, "
            "0::BIGINT AS end_ms, 0::BIGINT AS inside_start_ms, 0::BIGINT AS inside_end_ms, 9::BIGINT AS frames, "
            "-50 AS rssi_max_dbm, false AS randomised, false AS associated, 0 AS model_class, 1::BIGINT AS hours, "
            "1::BIGINT AS inside_slots WHERE false",
            [""],
        )
        for day, token, start_ms, end_ms in stays:
            connection.execute(
                "INSERT INTO stays VALUES (?, 'shop', ?, ?, ?, ?, ?, 9, -50, false, false, 0, 1, 1)",
                [day, token, start_ms, end_ms, start_ms, end_ms],
            )
        fold.judge(connection, [site], span)
        found = set(connection.sql("SELECT token, outcome, reason FROM visits_judged").fetchall())
    assert found == {(1, "noise", "staff"), (2, "visit", None)}


def test_a_visit_says_in_how_many_half_minutes_it_was_heard_by_however_many_sensors(shop: SmallShop) -> None:
    for sensor in (DOOR, BACK):
        shop.hear([Stay(1, at(10), at(10, 0, 1)), Stay(1, at(10, 3), at(10, 3, 40))], sensor=sensor)
    refold(shop)
    (row,) = judged(shop)
    assert (row["outcome"], row["looks"]) == ("visit", 3)


def test_addresses_of_one_model_within_a_second_are_one_burst(shop: SmallShop) -> None:
    """Some phones change address from channel to channel; another phone of the same model half a minute on counts."""
    shop.hear([Stay(token, at(10), at(10, 0, 1), randomised=True) for token in (1, 2, 3)])
    shop.hear([Stay(4, at(10, 1), at(10, 1, 1), randomised=True)])
    refold(shop)
    assert [row["bursts"] for row in judged(shop)] == [1, 0, 0, 1]


def test_a_single_burst_is_not_thrown_away(shop: SmallShop) -> None:
    """For most phones a burst is all there is."""
    shop.hear([Stay(1, at(10), at(10, 0, 1), STREET_DBM, randomised=True)])
    assert outcomes(shop) == [(1, "unlinked", None)]


def test_the_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    stays = [Stay(n, at(10, n), at(10, 2 * n + 3)) for n in range(1, 9)]
    found = []
    for name, order in (("a", 1), ("b", -1)):
        shop = SmallShop(tmp_path / name)
        messages = shop.hear(stays)
        other = SmallShop(tmp_path / f"{name}-again")
        other._secrets, other._next = shop._secrets, shop._next
        key = shop.sensor()
        other.collector.registry.put_sensor(TENANT, "sensor-1", "shop", key.public.id, key.public.raw)
        other.intake.refresh()
        for message in messages[::order]:
            other.take([message])
        found.append(outcomes(other))
    assert found[0] == found[1]
    assert len(found[0]) == 8


# In turns.


def stays_of(seed: int) -> list[Stay]:
    """A day of devices that come, go, and come again, within and beyond the gap."""
    draw = random.Random(seed)
    stays = []
    for token in range(1, 60):
        start_ms = at(8) + draw.randrange(0, 6 * 3_600_000)
        for _ in range(draw.randint(1, 4)):
            end_ms = start_ms + draw.choice((500, 20_000, 90_000, 1_500_000))
            stays.append(Stay(token, start_ms, end_ms, draw.choice((-60, -75, -92)), randomised=token % 3 == 0))
            start_ms = end_ms + draw.choice((60_000, 899_000, 901_000, 3_000_000))
    return [stay for stay in stays if stay.end_ms < at(18)]


@pytest.mark.parametrize("seed", range(3))
def test_many_turns_give_what_one_turn_gives(tmp_path: Path, seed: int) -> None:
    """Whatever came when, in order or late or hours late: the stays are those of all sightings at once."""
    draw = random.Random(seed)
    at_once, in_turns = SmallShop(tmp_path / "a"), SmallShop(tmp_path / "b")
    messages = at_once.hear(stays_of(seed), at(8), at(18))
    in_turns._secrets = at_once._secrets
    key = at_once.sensor()
    in_turns.collector.registry.put_sensor(TENANT, "sensor-1", "shop", key.public.id, key.public.raw)
    in_turns.intake.refresh()
    lateness = [draw.choice((0, 0, 0, 0, 3, 60, 700)) for _ in messages]  # in windows
    order = sorted(range(len(messages)), key=lambda place: place + lateness[place])
    step = draw.choice((100, 150, 400))
    for start in range(0, len(order), step):
        in_turns.take([messages[place] for place in order[start : start + step]])
        refold(in_turns)
    refold(at_once)
    assert judged(in_turns) == judged(at_once)
    assert len(judged(at_once)) > 50


def test_a_long_backlog_is_folded_in_bounded_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn's memory is bounded by its rows; the stays of many turns are those of one."""
    at_once, bounded = SmallShop(tmp_path / "a"), SmallShop(tmp_path / "b")
    for minute in range(0, 60, 10):
        at_once.hear([Stay(n, at(10, minute + n), at(10, minute + n + 4)) for n in range(1, 4)])
    messages = at_once.collector.store.manifest.files(TENANT, SIGHTINGS)
    for minute in range(0, 60, 10):
        bounded.hear([Stay(n, at(10, minute + n), at(10, minute + n + 4)) for n in range(1, 4)])
    monkeypatch.setattr(fold, "ROWS_MAX", 2 * max(file.rows for file in messages))
    turns: list[int] = []
    take = fold.Turn.take
    monkeypatch.setattr(
        fold.Turn, "take", lambda self, fresh, *rest: turns.append(len(fresh)) or take(self, fresh, *rest)
    )
    fold.refresh(bounded.collector.store, bounded.collector.registry.tenant(TENANT), [bounded.site], 0, turns=1)
    assert turns == [2], "the rest is left to the next time"
    refold(bounded)
    assert turns == [2, 2, 2]
    monkeypatch.undo()
    refold(at_once)
    assert strip(judged(bounded)) == strip(judged(at_once))
    assert refold(bounded) == []


def strip(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the stored tokens, which differ from collector to collector."""
    return sorted(({name: value for name, value in row.items() if name != "token"} for row in rows), key=repr)


def test_what_begins_and_ends_together_is_one_stay() -> None:
    """Two sensors hear the same burst in the same millisecond: rows that cannot be ordered are not counted twice."""
    hours = 20
    with fold.engine() as connection:
        connection.register("places", fold.places([Site(TENANT, "shop")]))
        connection.execute(
            "CREATE TABLE heard AS SELECT 'd' AS day, 'shop' AS site, token, hour * 3600000 AS start_ms, "
            "hour * 3600000 + 5 AS end_ms, NULL::BIGINT AS inside_start_ms, NULL::BIGINT AS inside_end_ms, "
            "1::BIGINT AS frames, -70 AS rssi_max_dbm, true AS randomised, false AS associated, 1::BIGINT AS hours, "
            "1::BIGINT AS inside_slots, 7 AS model_class "
            f"FROM range(2000) AS t(token), range({hours}) AS h(hour), range(4) AS sensors"
        )
        found = connection.sql(f"SELECT count(*), min(frames), max(frames) FROM ({sql_text('stays')})").fetchall()
    assert found == [(2000 * hours, 4, 4)]


def test_what_spills_does_not_lie_in_the_working_directory_and_goes_with_the_engine() -> None:
    with fold.engine() as connection:
        connection.execute("SET memory_limit = '64MB'")
        ((spill,),) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
        connection.execute("CREATE TABLE large AS SELECT hash(i) AS a, hash(i + 1) AS b FROM range(6000000) t(i)")
        assert any(Path(spill).iterdir())
    assert not Path(spill).exists()


def test_a_turn_takes_only_what_is_new_and_what_may_still_grow(shop: SmallShop) -> None:
    """Stays that are over lie in files that no later turn touches."""
    shop.hear([Stay(1, at(8), at(8, 5)), Stay(2, at(10), at(10, 1))])
    refold(shop)
    (closed,) = shop.collector.store.manifest.files(TENANT, STAYS)
    shop.hear([Stay(2, at(10, 3), at(10, 4)), Stay(3, at(12), at(12, 1))])
    refold(shop)
    assert closed in shop.collector.store.manifest.files(TENANT, STAYS)
    assert shop.collector.store.table(closed)["token"].to_pylist() == [1]


def test_a_late_batch_opens_again_only_what_it_touches(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(8), at(8, 5)), Stay(2, at(8), at(8, 5)), Stay(9, at(12), at(12, 1))])
    refold(shop)
    shop.hear([Stay(1, at(8, 9), at(8, 10))])
    refold(shop)
    found = {row["token"]: row["end_ms"] for row in judged(shop)}
    assert found == {1: at(8, 10) - 1, 2: at(8, 5) - 1, 9: at(12, 1) - 1}
    left, grown = (shop.collector.store.table(file)["token"].to_pylist() for file in closed_files(shop))
    assert (left, grown) == ([2], [1])


def closed_files(shop: SmallShop) -> list[Any]:
    return shop.collector.store.manifest.files(TENANT, STAYS)


def test_nothing_new_is_no_turn(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))])
    assert refold(shop) == [DAY]
    assert refold(shop) == []


def test_a_turn_that_another_process_overtook_changes_nothing(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two collectors fold the same day at the same moment: one of them wins, and nothing is there twice."""
    shop.hear([Stay(1, at(10), at(10, 5))])
    ours = shop.collector.store
    other = folders.open_folder(shop.collector.folder).store
    swap = ours.manifest.swap

    def overtaken(*said: Any) -> bool:
        assert fold.refresh(other, shop.collector.registry.tenant(TENANT), [shop.site], 0) == [DAY]
        return swap(*said)

    monkeypatch.setattr(ours.manifest, "swap", overtaken)
    assert refold(shop) == []
    monkeypatch.undo()
    assert [row["token"] for row in judged(shop)] == [1]
    (listed,) = ours.manifest.files(TENANT, OPEN_STAYS)
    assert [one.name for one in ours.shelf.listing() if f"/{OPEN_STAYS}/" in one.name] == [listed.name]


def test_a_replaced_file_is_left_to_its_readers_for_a_while(shop: SmallShop) -> None:
    shop.hear([Stay(1, at(10), at(10, 5))])
    refold(shop, now_ms=0)
    (before,) = shop.collector.store.manifest.files(TENANT, OPEN_STAYS)
    shop.hear([Stay(1, at(10, 5), at(10, 6))])
    refold(shop, now_ms=1000)
    assert shop.collector.store.shelf.look(before.name)
    refold(shop, now_ms=1_000_000)
    assert not shop.collector.store.shelf.look(before.name)
