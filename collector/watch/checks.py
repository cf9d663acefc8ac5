"""The states that tell what to do: a table of small checks. A new one is a function and a row.

A check says in a sentence what is amiss, or nothing. A condition holds for its tolerance before it counts, and must be
gone for its recovery before it is over. All look at live words only: what comes late out of a spool changes nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..configuration.push import PushState
from ..fleet import SILENT_S
from ..records.standing import Standing
from .seen import Seen

MINUTE_MS = 60_000
DEAF_MS = 8 * MINUTE_MS  # the radio calls itself deaf after less; this is for one that does not notice. With a minute
# each until it says so and until somebody looks, and the tolerance below, it is found within 15 minutes.
SPOOL_OLD_S = 600.0  # a batch that waits so long is late; windows are half a minute
SPOOL_FULL_SHARE = 0.8
SPOOL_BYTES = 4 << 20  # the agent's default cap
DROP_SHARE = 0.05  # of frames, by the kernel: its buffer is too small, or the unit too busy ...
DROPS_MIN = 100  # ... in ten minutes; fewer may be one burst
MEMORY_KIB = 4096  # an agent of 12 MB on a unit with less is about to be killed
TEMPERATURE_C = 95.0
RECONNECTS = 5  # within ten minutes
CLOCK_OFFSET_MS = 5000  # the door lets in 120 s; long before that windows of two sensors no longer match


@dataclass(frozen=True, slots=True)
class Check:
    """A row of the table."""

    state: str
    tolerance_min: int
    recovery_min: int
    do: str
    amiss: Callable[[Seen], str]
    watched: bool = False  # who was not watching sees it late: what a running collector has found is shown


def _revoked(seen: Seen) -> str:
    return f"{seen.sensor.state}: {seen.sensor.says}" if seen.sensor.state is Standing.REVOKED else ""


def _cloned(seen: Seen) -> str:
    if seen.sensor.state is not Standing.QUARANTINED:
        return ""
    return seen.sensor.says or "in quarantine"


def _silent(seen: Seen) -> str:
    if not seen.sends or seen.report is None:
        return ""
    quiet_s = (seen.now_ms - seen.report.received_ms) // 1000
    if quiet_s > SILENT_S:
        return f"no word for {quiet_s // 60} minutes"
    return "" if seen.report.connected else "its connection broke"


def _deaf(seen: Seen) -> str:
    health = seen.report.health if seen.sends and seen.report else None
    if health is None:
        return ""
    if health.radio in ("deaf", "gone", "down", "not_monitor", "no_permission", "refused"):
        return f"its radio is {health.radio}"
    before, now = seen.before, seen.now
    if now is None or health.radio not in ("listening", "quiet"):
        return ""
    still = seen.still_ms if seen.still_ms is not None else now.time_ms
    if before and before.frames == now.frames:
        still = min(still, before.time_ms)
    return f"not one frame in {(now.time_ms - still) // MINUTE_MS} minutes" if now.time_ms - still >= DEAF_MS else ""


def _clock(seen: Seen) -> str:
    health = seen.report.health if seen.sends and seen.report else None
    if health is None:
        return ""
    if health.clock in ("unknown", "unsure"):
        return f"its clock is {health.clock}: {health.held} windows wait"
    offset_ms = abs(health.clock_offset_ms or 0)
    return f"its clock is {offset_ms / 1000:.1f} s off" if offset_ms > CLOCK_OFFSET_MS else ""


def _full(seen: Seen) -> str:
    health = seen.report.health if seen.sends and seen.report else None
    if health is None:
        return ""
    if seen.before and seen.now and seen.now.dropped > seen.before.dropped:
        return f"its spool is full: {seen.now.dropped - seen.before.dropped} batches were dropped"
    used = health.spool_bytes / SPOOL_BYTES
    return f"its spool is {100 * used:.0f} % full" if used >= SPOOL_FULL_SHARE else ""


def _late(seen: Seen) -> str:
    health = seen.report.health if seen.sends and seen.report else None
    if health is None or health.spool_oldest_s < SPOOL_OLD_S:
        return ""
    return f"its oldest batch has waited for {health.spool_oldest_s / 60:.0f} minutes"


def _degraded(seen: Seen) -> str:
    health = seen.report.health if seen.sends and seen.report else None
    if health is None:
        return ""
    said = []
    if seen.before and seen.now:
        frames, drops = seen.now.frames - seen.before.frames, seen.now.kernel_drops - seen.before.kernel_drops
        if drops >= DROPS_MIN and drops > DROP_SHARE * (frames + drops):
            said.append(f"the kernel drops {100 * drops / (frames + drops):.0f} % of frames")
        if seen.now.reconnects - seen.before.reconnects >= RECONNECTS:
            said.append(f"{seen.now.reconnects - seen.before.reconnects} reconnects")
    if health.memory_available_kib is not None and health.memory_available_kib < MEMORY_KIB:
        said.append(f"{health.memory_available_kib} KiB of memory left")
    if health.temperature_c is not None and health.temperature_c > TEMPERATURE_C:
        said.append(f"{health.temperature_c:.0f} degrees")
    return ", ".join(said)


def _misconfigured(seen: Seen) -> str:
    if not seen.sends or seen.report is None:
        return ""
    if seen.push and seen.push.state in (PushState.REFUSED, PushState.REVERTED):
        return f"configuration {seen.push.version} was {seen.push.state}: {seen.push.says}"
    if seen.push and seen.push.state is PushState.UNRESOLVED:
        return f"its configuration cannot be made: {seen.push.says}"
    return "its configuration has expired" if seen.report.health and seen.report.health.config_stale else ""


def _outdated(seen: Seen) -> str:
    if not seen.sends or seen.report is None or not seen.newest or not seen.report.version:
        return ""
    return f"runs {seen.report.version}" if number(seen.report.version) < number(seen.newest) else ""


# The first that holds is the state a sensor is shown in.
CHECKS = (
    Check("revoked", 0, 0, "nothing: it is shut out for good", _revoked),
    Check("cloned", 0, 0, "look who else has its key; then footfall fleet release, or enrol the unit anew", _cloned),
    Check("silent", 7, 2, "power, cable, switch, router; then the unit itself: footfall-sensor selftest", _silent),
    Check(
        "deaf",
        3,
        3,
        "is the antenna on, mon0 up? footfall fleet command send SENSOR kick, else restart it",
        _deaf,
        True,
    ),
    Check("clock", 15, 5, "give it a way to an NTP server", _clock),
    Check(
        "full",
        0,
        15,
        "its way to the broker is too slow or was gone too long: look at its network. What it holds comes later",
        _full,
    ),
    Check("late", 10, 10, "look at its network, and whether the collector keeps up: /readyz", _late),
    Check(
        "degraded",
        15,
        15,
        "hot: shade, air. Drops: fewer channels, a longer ring_kib. Reconnects: its network. Memory: restart it",
        _degraded,
    ),
    Check(
        "misconfigured",
        10,
        2,
        "footfall fleet config status says why; mend the option",
        _misconfigured,
    ),
    Check("outdated", 24 * 60, 0, "footfall fleet upgrade", _outdated),
)
OK = "ok"
NEVER = "never"  # it has not said yet how it is
UNSEATED = (Standing.NEW, Standing.PENDING, Standing.REPLACED)  # shown instead of a check: nothing is expected of them
STATES = (*(check.state for check in CHECKS), OK, NEVER, *(str(one) for one in UNSEATED))


def badness(state: str) -> tuple[bool, int]:
    """Sorts the worst state first. Who is shut out for good is last: nothing is to be done there."""
    return state == "revoked", STATES.index(state)


def number(version: str) -> tuple[int, ...]:
    """1.10.2 as something that sorts."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])
