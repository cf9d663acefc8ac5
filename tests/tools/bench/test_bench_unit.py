"""A unit's costs beside its path: what py-spy saw is told without waiting, and each part is measured."""

from pathlib import Path

from tools.bench import unit, unit_work

AGENT = "main (footfall_sensor/__main__.py:9);step (footfall_sensor/live.py:5)"
SAMPLES = f"""{AGENT};pump (footfall_sensor/courier.py:7) 3
{AGENT};_hear (footfall_sensor/live.py:8);read (footfall_sensor/ears.py:8);_wait (footfall_sensor/air.py:9) 90
run (threading.py:1);_loop (paho/mqtt/client.py:2) 40
run (threading.py:1);_loop (paho/mqtt/client.py:2);_packet (paho/mqtt/client.py:3) 1
"""


def test_shares_are_of_the_time_that_nobody_waited() -> None:
    assert unit.shares(SAMPLES) == {
        "__main__.main": 0.75,
        "live.step": 0.75,
        "courier.pump": 0.75,
        "client._loop": 0.25,
        "client._packet": 0.25,
    }


def test_memory_is_told_by_part_and_without_openssl(tmp_path: Path) -> None:
    found = unit._work(tmp_path, "memory")
    assert found[unit_work.INDEX] > unit_work.WAITING * 32 / 1024
    assert all(found[part] > 100 for part in ("paho-mqtt", "the agent's modules", "ring"))
