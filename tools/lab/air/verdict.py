"""The judgement: what the phones sent, held against what the collector has, what we sent, and what got out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from . import frames
from .frames import Frame
from .guest import scene
from .stored import Stored

NONE: "Counter[bytes]" = Counter()


@dataclass(slots=True)
class Verdict:
    """What the last line says. `faults` are sentences; none = the lab has shown what it must."""

    probes_sent: int = 0  # on the fixed channel
    probes_counted: int = 0
    transmitted: int = 0  # frames that we sent
    leaks: int = 0
    states: list[str] = field(default_factory=list)
    phones: dict[str, dict[str, int]] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    hopping: dict[str, int] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)  # what each agent said of them
    faults: list[str] = field(default_factory=list)


def mac(text: str) -> bytes:
    """An address from its usual spelling."""
    return bytes.fromhex(text.replace(":", ""))


def whose(drawn: Iterable[str]) -> dict[bytes, str]:
    """Every address that is on the air, and whose interface sends from it; `drawn` are wpa_supplicant's own."""
    return {
        **{mac(text): interface for interface, text in scene.ADDRESSES.items()},
        **{mac(burst.mac): burst.phone for burst in (*scene.FIXED, *scene.HOPPING) if burst.mac},
        **{mac(text): scene.SUPPLICANT for text in drawn},
    }


def ordered(bursts: Iterable[scene.Burst]) -> "Counter[bytes]":
    """Probe requests by address that these scans send, by construction."""
    counted: Counter[bytes] = Counter()
    for burst in bursts:
        counted[mac(burst.mac or scene.ADDRESSES[burst.phone])] += burst.probes
    return counted


def strongest(bursts: Iterable[scene.Burst]) -> dict[bytes, int]:
    """The strongest signal (dBm) by address, by construction."""
    heard: dict[bytes, int] = {}
    for burst in bursts:
        address = mac(burst.mac or scene.ADDRESSES[burst.phone])
        heard[address] = max(burst.dbm, heard.get(address, burst.dbm))
    return heard


def count_fixed(
    verdict: Verdict,
    sent: "Counter[bytes]",
    stored: Stored,
    phones: Mapping[bytes, str],
    bursts: Sequence[scene.Burst] = scene.FIXED,
) -> None:
    """On a fixed channel every probe request of every phone is counted, at its strength, and nothing else."""
    for address, wanted in ordered(bursts).items():
        if sent[address] != wanted:
            verdict.faults.append(f"{address.hex(':')} had to send {wanted} probe requests and sent {sent[address]}")
    counted, heard = stored.frames(), stored.strongest()
    for address, number in sent.items():
        name = scene.PHONES.get(phones.get(address, ""), "nobody")
        phone = verdict.phones.setdefault(name, {"addresses": 0, "sent": 0, "counted": 0})
        phone["addresses"] += 1
        phone["sent"] += number
        phone["counted"] += counted[stored.token(address)]
    for address, dbm in strongest(bursts).items():
        got = heard.get(stored.token(address))
        if got != dbm:
            verdict.faults.append(f"{address.hex(':')} came at {dbm} dBm, stored: {got}")
    verdict.probes_sent, verdict.probes_counted = sum(sent.values()), stored.probes
    _compare(verdict, scene.FIXED_AGENT, sent, stored)


def count_shared(verdict: Verdict, sent: "Counter[bytes]", joins: "Counter[bytes]", stored: Stored) -> None:
    """Beside an access point nothing is missed either, and the station that joined it is told as such."""
    associated = stored.associated()
    verdict.shared = {"sent": sum(sent.values()), "counted": stored.probes, "joined": len(associated)}
    _compare(verdict, scene.SHARED_AGENT, sent, stored, joins)
    if not joins or associated != {stored.token(address) for address in joins}:
        verdict.faults.append(f"{scene.SHARED_AGENT}: {len(joins)} stations joined, {len(associated)} are said to have")


def count_hopping(
    verdict: Verdict, sent: "Counter[bytes]", heard: Sequence[Frame], stored: Stored, reported: Mapping[int, int]
) -> None:
    """While hopping, what is counted is what the radio heard (by a recorder on the same radio), on every channel."""
    by_mhz = Counter(frame.freq_mhz for frame in heard)
    verdict.hopping = {"sent": sum(sent.values()), "heard": len(heard), "counted": stored.probes}
    verdict.hopping |= {f"{mhz} MHz": count for mhz, count in sorted(reported.items())}
    _compare(verdict, scene.HOPPING_AGENT, frames.by_address(heard), stored)
    if dict(reported) != dict(by_mhz) or set(by_mhz) != set(scene.CHANNEL_MHZ.values()):
        verdict.faults.append(f"{scene.HOPPING_AGENT}: by MHz {dict(reported)} were counted, heard: {dict(by_mhz)}")


def _compare(
    verdict: Verdict, agent: str, sent: "Counter[bytes]", stored: Stored, joins: "Counter[bytes]" = NONE
) -> None:
    """What the collector has of an agent is exactly these probe requests (and requests to join)."""
    counted = stored.frames()
    for address, number in (sent + joins).items():
        got = counted.pop(stored.token(address), 0)
        if got != number:
            verdict.faults.append(f"{agent}: {address.hex(':')} sent {number} frames, {got} were counted")
    if +counted:
        verdict.faults.append(f"{agent}: {len(counted)} tokens belong to no address that sent")
    if stored.probes != sum(sent.values()) or stored.lost:
        verdict.faults.append(f"{agent}: {sum(sent.values())} sent, {stored.probes} counted, {stored.lost} lost")


def count_ours(
    verdict: Verdict,
    counters: Sequence[Mapping[str, int]],
    control: Mapping[str, int],
    air: Iterable[Frame],
    known: set[bytes],
) -> None:
    """Frames that we sent: by the counters of interface and radio, and of senders that are none of the phones.

    The control is one frame sent on purpose, after the first reading of the counters: a check that does not see it
    proves nothing. mac80211 does not count it at the interface, so it is the radio's counter and the driver's tap that
    prove.
    """
    on_purpose = control["radio"] - counters[0]["radio"]
    strangers = sum(1 for frame in air if frame.transmitter and frame.transmitter not in known)
    if (on_purpose, strangers) != (1, 1):
        verdict.faults.append(f"one frame was sent on purpose; the radio counted {on_purpose}, the tap {strangers}")
    by_radio = counters[-1]["radio"] - on_purpose
    by_interface = max(reading["interface"] for reading in counters)
    verdict.transmitted = max(by_radio, by_interface, strangers - 1)
    if verdict.transmitted:
        verdict.faults.append(f"we sent: {by_radio} by the radio, {by_interface} by the interface, on air {strangers}")


def follow(verdict: Verdict, said: Sequence[str], wanted: Sequence[str]) -> None:
    """The states of the radio as the collector got them contain those wanted, in their order."""
    verdict.states = [state for state, _ in groupby(said)]
    rest = iter(verdict.states)
    missed = [state for state in wanted if state not in rest]
    if missed:
        verdict.faults.append(f"the radio's states were {verdict.states}; {missed} did not come in their turn")
