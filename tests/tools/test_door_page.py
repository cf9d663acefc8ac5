"""docs/door.md names every reason and every counter, and no other."""

import re
from pathlib import Path

from shop import SmallShop

from collector.admission.door import Reason
from collector.admission.rates import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "door.md").read_text(encoding="utf-8")


def test_the_page_has_a_row_for_each_reason() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [reason.value for reason in Reason]


def test_the_page_names_the_other_counters(tmp_path: Path) -> None:
    counters = SmallShop(tmp_path / "c").intake.counters()
    for name in counters.keys() - {f"refused_{reason.value}" for reason in Reason}:
        assert f"`{name}`" in PAGE


def test_the_page_tells_the_limits_as_they_are() -> None:
    limits = Limits()
    assert (limits.rate_per_s, limits.burst, limits.bytes_per_min) == (2, 20, 1.5 * (1 << 20))
    assert f"{limits.sightings_per_day:,}" in PAGE
    assert (limits.late_ms, limits.ahead_ms) == (72 * 3_600_000, 120_000)
