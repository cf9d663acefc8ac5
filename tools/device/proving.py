"""Whether a unit works, by its own words and by the collector's: small checks, each a function of values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.records.reports import Report
from footfall_sensor.words import RADIO

HEARD_S = 180.0  # three of the messages that come once a minute
ACKNOWLEDGED_S = 300.0
CONNECTED = "connected"  # the agent adds which MQTT it speaks
CLOCK_OK = ("synced", "holdover", "assumed")


@dataclass(frozen=True, slots=True)
class Check:
    """One answer, and what to do where it is a no."""

    name: str
    ok: bool
    says: str
    do: str = ""


def by_unit(said: Mapping[str, Any], age_s: float, version: str | None) -> list[Check]:
    """The checks over what `footfall-sensor status --json` says: `age_s` is how old that is."""
    totals = said["totals"]
    acked = said["last_ack_s"]
    return [
        Check(
            "agent",
            bool(said["running"]) and age_s < HEARD_S,
            f"version {said['version']}, runs for {said['uptime_s']:.0f} s",
            "/etc/init.d/footfall start",
        ),
        _version(str(said["version"]), version),
        _radio(str(said["radio"]), int(totals.get("frames", 0))),
        Check("clock", said["clock"] in CLOCK_OK, str(said["clock"]), "has the unit a way to an NTP server?"),
        Check(
            "broker", str(said["connection"]).startswith(CONNECTED), f"{said['connection']} ({said['broker']})",
            "cable, gateway, firewall; footfall-sensor selftest says which",
        ),
        Check(
            "acknowledged",
            acked is not None and acked + age_s < ACKNOWLEDGED_S,
            "no batch yet" if acked is None else f"the collector's signed word came {acked + age_s:.0f} s ago",
            "wait two minutes; is the sensor approved? footfall fleet show",
        ),
    ]  # fmt: skip


def by_collector(report: Report | None, now_ms: int, version: str | None, boot_before: str | None) -> list[Check]:
    """The checks over what the collector has of a sensor: the last words that bore its signature."""
    if report is None or report.health is None:
        do = "is it approved (footfall fleet show), does it reach the broker?"
        return [Check("heartbeat", False, "no signed word of this sensor has come yet", do)]
    age_s = (now_ms - report.received_ms) / 1000
    boot = report.boot.to_bytes(8, "little", signed=True).hex()
    since = boot != boot_before  # a word of the start before says nothing of what was written
    says = f"signed, {age_s:.0f} s ago" if since else "no signed word of this sensor has come since it was written"
    return [
        Check("heartbeat", since and report.connected and age_s < HEARD_S, says, "is it powered, connected?"),
        Check("boot", boot != boot_before, f"boot id {boot}", "it has not restarted since it was written"),
        _version(report.version, version),
        _radio(report.health.radio, report.health.totals.frames),
        Check(
            "clock", report.health.clock in CLOCK_OK, report.health.clock or "unknown", "can it reach an NTP server?"
        ),
    ]


def _version(runs: str, wanted: str | None) -> Check:
    if wanted is None:
        return Check("version", bool(runs), runs or "unknown", "the agent does not say its version: is it there?")
    return Check("version", runs == wanted, f"{runs or 'unknown'}, wanted {wanted}", "flash it with the image again")


def _radio(state: str, frames: int) -> Check:
    ok = state == "listening" and frames > 0
    why = (
        "it hears nothing yet: is the antenna on? Walk by with a phone"
        if state == "listening"
        else RADIO.get(state, "")
    )
    return Check(
        "radio", ok, f"{state or 'unknown'}, {frames} frames", f"{why or 'look'}. Then: footfall-sensor selftest"
    )
