"""`footfall-sensor selftest`: everything a unit needs is tried, once, and each answer says what to do.

Where the agent runs, its own word is taken for broker, clock and acknowledgements: a second connection under the
sensor's name would throw the first one out.
"""

import json
import os
import queue
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import BUILT_S, codes, keys, membership, ntp, words
from .air import Air
from .broker import broker_of, topic
from .config import Config
from .errors import SigningError
from .interface import Link
from .uplink import Connected, Disconnected, Uplink

BROKER_WAIT_S = 15.0
ATTEMPTS = 2  # the first may have been of a protocol version that the broker does not know
READ_MS = 100
ACKNOWLEDGED_S = 300.0  # batches wait, and none was acknowledged for so long: something is wrong


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. ok: None = could not be tried now, which is no failure."""

    name: str
    ok: bool | None
    says: str
    do: str = ""


def run(config: Config, listen_s: float) -> list[Check]:
    """All checks, in the order in which a technician would look."""
    said = _said(config.status_path)
    return [
        _agent(said),
        *_radio(config, listen_s),
        _keys(config),
        *_membership(config),
        *_certificate(config, time.time()),
        _spool(config),
        _clock(config, said),
        _broker(config, said),
        _epoch(said),
        _acknowledged(said),
    ]


def _said(path: Path) -> dict[str, Any] | None:
    """The words of an agent that runs now."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        age_s = time.monotonic() - said["written_s"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if words.has_stopped(said, age_s) or said["radio"] == "replay" else dict(said)


def _agent(said: dict[str, Any] | None) -> Check:
    if said is None:
        return Check("agent", None, "it does not run now", "Start it with: /etc/init.d/footfall start")
    return Check("agent", True, f"version {said['version']} runs for {words.span(said['uptime_s'])}")


def _radio(config: Config, listen_s: float) -> list[Check]:
    """The interface, and what is heard on it with an ear of our own, beacons included."""
    air = Air(config.interface, config.ring_kib, (), lambda: time.monotonic_ns() // 1_000_000)
    air.count_beacons(True)
    try:
        state = air.look()
        if state is not Link.LISTENING:
            do = words.RADIO[state.value]
            return [
                Check("radio", False, f"{config.interface} is {state.value.replace('_', ' ')}", do),
                Check("frames", None, "nothing can be heard without a radio"),
            ]
        frames, until_s = 0, time.monotonic() + listen_s
        while time.monotonic() < until_s and air.state is Link.LISTENING:
            frames += len(air.read(READ_MS))
    finally:
        air.close()
    ready = Check("radio", True, f"{config.interface} is in monitor mode and up")
    heard = f"{frames / listen_s:.1f} probe requests and {air.beacons_total / listen_s:.1f} beacons a second"
    if frames or air.beacons_total:
        return [ready, Check("frames", True, heard)]
    do = "Is the antenna on, and an access point or phone near? Try longer (--seconds 60), then restart the unit"
    return [ready, Check("frames", False, f"nothing heard in {listen_s:g} s", do)]


def _keys(config: Config) -> Check:
    try:
        keys.read_public(config.collector_key_path)
    except SigningError as exc:
        if config.enrol_url and not config.collector_key_path.exists():
            return Check("keys", None, "the unit knows no collector yet", "Enrol it: footfall-sensor enrol")
        return Check("keys", False, str(exc), f"Put the collector's public key at {config.collector_key_path}")
    if not config.key_path.exists():
        return Check("keys", None, "the unit has no key yet", "It makes one at its first start")
    try:
        own = keys.read_secret(config.key_path)
    except SigningError as exc:
        return Check("keys", False, str(exc), f"Remove {config.key_path}, restart the agent, enrol the unit again")
    says = f"the unit's key has the fingerprint {codes.fingerprint(own.public_raw)}, and the collector's is here"
    return Check("keys", True, says)


def _membership(config: Config) -> list[Check]:
    """Of a unit that enrols: whether it is let in, and as whom."""
    if not config.enrol_url:
        return []
    terms = membership.read(Path(config.state_dir))
    if terms is None:
        return [Check("member", None, "not yet", "See what it waits for: footfall-sensor enrol")]
    return [Check("member", True, f"as {terms.name} of {terms.site}")]


def _certificate(config: Config, now_s: float) -> list[Check]:
    """Of a unit with TLS; the connection itself is tried by the check of the broker."""
    if config.tls != "on":
        return []
    from . import tls  # noqa: PLC0415 - a lean unit has no OpenSSL

    ends_s = tls.not_after_s(config.certificate_path)
    if not tls.available():
        return [Check("certificate", False, "this Python has no ssl", "Install python3-openssl, or set tls to off")]
    if ends_s is None or not config.authority_path.exists():
        where = f"{config.certificate_path} and {config.authority_path}"
        return [Check("certificate", False, f"{where} are not both here", "Enrol the unit")]
    day = time.strftime("%Y-%m-%d", time.gmtime(ends_s))
    if now_s > ends_s:
        return [Check("certificate", False, f"it ended on {day}", "Is the clock right? Else enrol the unit again")]
    return [Check("certificate", True, f"good until {day}")]


def _spool(config: Config) -> Check:
    folder = next(path for path in (config.spool_path, *config.spool_path.parents) if path.is_dir())
    path = folder / f"footfall-selftest-{os.getpid()}"  # a folder made here would be root's, and not the agent's
    try:
        path.write_bytes(bytes(4096))
        path.unlink()
        free_kib = _free_kib(folder)
    except OSError as exc:
        return Check("spool", False, f"{folder}: {exc.strerror}", "Is the RAM file system full? Try: df -h /tmp")
    if free_kib < config.spool_kib // 4:
        return Check("spool", False, f"{free_kib} KiB free for {config.spool_kib} KiB", "Lower option spool_kib")
    return Check("spool", True, f"{folder} can be written, {free_kib} KiB are free")


def _free_kib(folder: Path) -> int:
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize >> 10


def _clock(config: Config, said: dict[str, Any] | None) -> Check:
    do = "Can the unit reach an NTP server? Try: ntpd -n -q -p 0.openwrt.pool.ntp.org"
    if said is not None:
        ok = said["clock"] in ("synced", "assumed", "holdover")
        return Check("clock", ok, words.CLOCK.get(said["clock"], said["clock"]), "" if ok else do)
    by_ntp = ntp.vouches(config.clock)
    if time.time() < BUILT_S:
        return Check("clock", False, "it shows a time before this version was made", do)
    if by_ntp and not ntp.stamp(config.clock_file):
        return Check("clock", False, "NTP has not set it", do)
    return Check("clock", True, words.CLOCK["synced" if by_ntp else "assumed"])


def _broker(config: Config, said: dict[str, Any] | None) -> Check:
    if not config.name:
        return Check("broker", None, "the unit has no name yet", "Enrol it: footfall-sensor enrol")
    where = f"{config.broker_host}:{config.broker_port}"
    do = "Is the cable in, the address right, a firewall between? The broker must let this sensor in under its name"
    if said is not None:
        ok = said["connection"].startswith("connected")
        return Check("broker", ok, f"{where}: {said['connection']}", "" if ok else do)
    uplink = Uplink(broker_of(config), topic(config.tenant, config.name, "").rstrip("/"), ("ack",), will=b"")
    uplink.start()
    says, failures = "no answer", 0
    until_s = time.monotonic() + BROKER_WAIT_S
    try:
        while failures < ATTEMPTS and (left_s := until_s - time.monotonic()) > 0:
            event = uplink.events.get(timeout=left_s)
            if isinstance(event, Connected):
                return Check("broker", True, f"{where} answers, MQTT {event.version}")
            if isinstance(event, Disconnected):
                says, failures = event.reason, failures + 1
    except queue.Empty:
        pass
    finally:
        uplink.stop()
    return Check("broker", False, f"{where}: {says}", do)


def _epoch(said: dict[str, Any] | None) -> Check:
    if said is None:
        return Check("epoch key", None, "only a running agent has one")
    if said["epoch"]:
        return Check("epoch key", True, f"of {said['epoch']}")
    if said["radio"] not in words.HEARING:
        return Check("epoch key", None, "none is in use while nothing is heard; mend the radio first")
    do = "Is the unit approved at the collector? Is the clock right, and is the collector's key the right one?"
    return Check("epoch key", False, "the collector has given none", do)


def _acknowledged(said: dict[str, Any] | None) -> Check:
    if said is None:
        return Check("collector", None, "only a running agent knows")
    last_s, waiting = said["last_ack_s"], said["spool_batches"]
    if last_s is not None and (not waiting or last_s < ACKNOWLEDGED_S):
        return Check("collector", True, f"acknowledged a batch {words.span(last_s)} ago; {waiting} wait")
    if last_s is None and said["uptime_s"] < ACKNOWLEDGED_S:
        return Check("collector", None, "no batch acknowledged yet; the agent has only just started")
    if not waiting and said["radio"] not in words.HEARING:
        return Check("collector", None, "no batch is made while nothing is heard; mend the radio first")
    do = "Does the collector run? Is this unit approved there?"
    return Check("collector", False, f"{waiting} batches wait for its word", do)
