"""Plain words for the person on the ladder, from what the agent last said of itself."""

from collections.abc import Iterator, Mapping
from typing import Any

VERDICTS = {True: "OK", False: "FAIL", None: "-"}
RADIO = {
    "listening": "hears the air",
    "quiet": "hears nothing just now, which is usual at this hour",
    "kicked": "heard nothing for too long; it was just taken down and up",
    "deaf": "hears nothing, and taking it down and up did not help. Is the antenna on? Else restart the unit",
    "gone": "there is no such interface. Is it in /etc/config/wireless? Try: wifi",
    "down": "the interface is switched off. Try: wifi up",
    "not_monitor": "the interface is not in monitor mode. Set option mode 'monitor' in /etc/config/wireless",
    "no_permission": "the agent may not listen. It needs CAP_NET_RAW, which /etc/init.d/footfall gives it",
    "refused": "the kernel refuses to let us listen; see logread",
    "closed": "the place is closed: nobody is sensed, on purpose, until its opening hours begin",
    "replay": "plays captures",
}
HEARING = frozenset({"listening", "quiet", "kicked", "replay"})  # states in which windows are filled
CLOCK = {
    "synced": "set and kept by NTP",
    "assumed": "taken as right; no NTP daemon here tells us",
    "unsure": "has jumped, and NTP has not confirmed it; windows wait",
    "holdover": "goes on from what NTP said before; NTP has no peer now",
    "unknown": "not set yet; windows are counted without tokens and wait. Can the unit reach an NTP server?",
    "capture": "that of the captures",
}
ENROLMENT = {
    "pending": "waits for approval at the collector. Compare the fingerprint there: footfall fleet show",
    "approved": "a member. Where the service runs already: /etc/init.d/footfall restart",
    "refused": "the collector lets it not in; what it says is below",
    "unreachable": "the collector cannot be asked yet; it is tried again",
}
STALE_S = 10  # more than three reports late


def has_stopped(said: Mapping[str, Any], age_s: float) -> bool:
    """Whether the agent that said this runs no more. A replay that came to its end has done what it should."""
    if said["radio"] == "replay":
        return False
    return not said["running"] or not 0 <= age_s < 3 * said["health_s"] + STALE_S


def status(said: Mapping[str, Any], age_s: float) -> Iterator[tuple[str, str]]:
    """Label and text, a line each."""
    totals = said["totals"]
    yield "sensor", said["sensor"]
    if has_stopped(said, age_s):
        yield "agent", f"NOT RUNNING; these are its words of {span(abs(age_s))} ago. Try: /etc/init.d/footfall start"
    else:
        yield "agent", f"version {said['version']}, runs for {span(said['uptime_s'])}, mode {said['mode']}"
    yield "configuration", _configuration(said)
    yield "radio", f"{said['radio']} on {said['interface']}: {RADIO.get(said['radio'], '')}"
    if said["channels"]:
        yield "channels", said["channels"]
    heard = ", ".join(f"{count} on {mhz} MHz" for mhz, count in said["heard"])
    yield "probe requests", f"{totals['probes']}{f' ({heard})' if heard else ''}"
    yield "broker", f"{said['connection']} ({said['broker']})"
    yield "clock", f"{said['clock']}: {CLOCK.get(said['clock'], '')}" + _offset(said["clock_offset_ms"])
    deaf = said["radio"] not in HEARING
    none = "none in use while nothing is heard" if deaf else "none yet: tokens begin when the collector sends one"
    yield "epoch key", said["epoch"] or none
    version = said.get("objections")
    yield "objections", f"list {version} holds" if version else "no list yet: no tokens before it comes"
    yield "spool", _spool(said)
    yield "last acknowledged", _acknowledged(said["last_ack_s"], age_s)
    lost = {name: count for name, count in totals.items() if count and ("drop" in name or name == "overflow")}
    yield "lost", ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in lost.items()) or "nothing"
    if said["rss_kib"] is not None and said["memory_available_kib"] is not None:
        yield "memory", f"{said['rss_kib']} KiB used, {said['memory_available_kib']} KiB free"


def enrolment(said: Mapping[str, Any], age_s: float | None = None) -> Iterator[tuple[str, str]]:
    """Label and text, a line each, of a unit that is on its way to become a member."""
    yield "enrolment", f"{said['state']}: {ENROLMENT.get(said['state'], '')}"
    if said["says"]:
        yield "the collector", said["says"]
    if said["sensor"]:
        yield "sensor", said["sensor"]
    yield "fingerprint", said["fingerprint"]
    if age_s is not None:
        yield "asked", f"{span(max(0.0, age_s))} ago"


def span(seconds: float) -> str:
    """A length of time as people say it."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    return f"{whole // 3600} h" if whole < 172_800 else f"{whole // 86_400} days"


def _configuration(said: Mapping[str, Any]) -> str:
    if not said["config"]:
        runs = "the unit's own file"
    elif said["trial"]:
        runs = f"version {said['config']} of the collector, on probation until the collector is heard"
    else:
        runs = f"version {said['config']} of the collector, before the unit's own file"
    if said["config_stale"]:
        runs += "; it has expired, and goes on until a fresh one comes"
    last = said["config_last"]
    return runs if not last or last == f"{said['config']} ok" else f"{runs}; the newest: {last}"


def _offset(offset_ms: int | None) -> str:
    return "" if offset_ms is None else f"; {offset_ms} ms off when NTP last said"


def _spool(said: Mapping[str, Any]) -> str:
    if not said["spool_batches"]:
        waits = "nothing waits"
    else:
        waits = f"{said['spool_batches']} batches wait, the oldest for {span(said['spool_oldest_s'])}"
    return waits + (f"; {said['held']} windows wait for the time" if said["held"] else "")


def _acknowledged(last_ack_s: float | None, age_s: float) -> str:
    if last_ack_s is None:
        return "nothing yet: the collector has confirmed no batch since the start"
    return f"{span(last_ack_s + max(0.0, age_s))} ago"
