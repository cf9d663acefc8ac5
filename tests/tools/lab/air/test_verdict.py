"""The judgement of the lab can fail: each thing that must not be is a fault."""

from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pytest

from footfall_sensor.pseudonym import Pseudonymiser
from tools.lab.air import frames, verdict
from tools.lab.air.frames import PROBE_REQUEST, Frame
from tools.lab.air.guest import scene
from tools.lab.air.stored import Stored
from tools.lab.air.verdict import Verdict

PHONES = verdict.whose(["06:31:19:92:ac:be"])
DRAWN = bytes.fromhex("06311992acbe")
KEY = bytes(range(32))
SENT = verdict.ordered(scene.FIXED) + Counter({DRAWN: 2})
STRONGEST = {**verdict.strongest(scene.FIXED), DRAWN: -50}


def _stored(
    counted: "Counter[bytes]", *, keyless: int = 0, dbm: dict[bytes, int] = STRONGEST, joined: bytes = b""
) -> Stored:
    """What a collector would have of these probe requests."""
    pseudonyms = Pseudonymiser(KEY)
    sightings = {
        "token": [int.from_bytes(pseudonyms.token(address), "little", signed=True) for address in counted],
        "frames": list(counted.values()),
        "rssi_max_dbm": [dbm.get(address, -50) for address in counted],
        "associated": [address == joined for address in counted],
    }
    windows = {"probes": [sum(counted.values())], "keyless": [keyless], "overflow": [0], "kernel_drops": [0]}
    return Stored(pa.table(sightings), pa.table(windows), pseudonyms)


def _fixed(sent: "Counter[bytes]", stored: Stored) -> Verdict:
    found = Verdict()
    verdict.count_fixed(found, sent, stored, PHONES)
    return found


def test_all_counted_is_no_fault() -> None:
    """Sent is counted, for each phone, at the strength it was sent with."""
    found = _fixed(SENT, _stored(SENT))
    assert found.faults == []
    assert found.probes_sent == found.probes_counted == 62
    assert found.phones["a new address each scan"] == {"addresses": 16, "sent": 40, "counted": 40}


@pytest.mark.parametrize(
    ("sent", "stored", "fault"),
    [
        (SENT, _stored(SENT - Counter([DRAWN])), "06:31:19:92:ac:be sent 2 frames, 1 were counted"),
        (SENT, _stored(SENT + Counter([b"nobody"])), "1 tokens belong to no address"),
        (SENT, _stored(SENT, keyless=1), "1 lost"),
        (SENT, _stored(SENT, dbm={}), "came at"),
        (SENT - Counter(list(SENT)), _stored(SENT - Counter(list(SENT))), "had to send"),
    ],
    ids=["one lost", "one too many", "one without a key", "wrong strength", "not sent"],
)
def test_a_difference_is_a_fault(sent: "Counter[bytes]", stored: Stored, fault: str) -> None:
    """One frame more or less is enough."""
    assert any(fault in sentence for sentence in _fixed(sent, stored).faults)


@pytest.mark.parametrize("joined", [DRAWN, b"", next(iter(SENT))], ids=["it", "none", "another"])
def test_the_station_that_joined_must_be_told_as_such(joined: bytes) -> None:
    """It, and no other. Its request to join is a frame of its token, and no probe request."""
    found, joins = Verdict(), Counter([DRAWN])
    stored = _stored(SENT + joins, joined=joined)
    verdict.count_shared(found, SENT, joins, replace(stored, windows=_stored(SENT).windows))
    assert bool(found.faults) == (joined != DRAWN)


HEARD = [Frame(0, mhz, PROBE_REQUEST, DRAWN) for mhz in scene.CHANNEL_MHZ.values()]
REPORTED = dict.fromkeys(scene.CHANNEL_MHZ.values(), 1)


@pytest.mark.parametrize(
    ("counted", "reported", "faults"),
    [
        (Counter({DRAWN: 3}), REPORTED, 0),
        (Counter({DRAWN: 4}), REPORTED, 2),
        (Counter({DRAWN: 3}), {**REPORTED, 2412: 2}, 1),
    ],
    ids=["as heard", "one more than heard", "on another channel"],
)
def test_hopping_is_held_against_what_the_radio_heard(
    counted: "Counter[bytes]", reported: dict[int, int], faults: int
) -> None:
    """Not against what was sent: a radio that hops cannot hear it all."""
    found = Verdict()
    verdict.count_hopping(found, SENT, HEARD, _stored(counted), reported)
    assert len(found.faults) == faults
    assert found.hopping["sent"] == 62


def test_a_channel_that_gave_nothing_is_a_fault() -> None:
    """A radio that stays where it is does not hop."""
    found = Verdict()
    verdict.count_hopping(found, SENT, HEARD[:1], _stored(Counter({DRAWN: 1})), {2412: 1})
    assert found.faults


def _ours(first: int, control: int, last: int, *, strangers: int = 1, interface: int = 0) -> Verdict:
    """Counters of the radio before and after the frame sent on purpose, and at the end."""
    found = Verdict()
    stranger = Frame(0, 2437, PROBE_REQUEST, verdict.mac(scene.ADDRESSES[scene.SENSOR]))
    known = [Frame(0, 2437, PROBE_REQUEST, DRAWN), Frame(0, 2437, 0x1D, b"")]
    counters = [{"interface": interface, "radio": first}, {"interface": 0, "radio": last}]
    verdict.count_ours(found, counters, {"interface": 0, "radio": control}, [*known, *[stranger] * strangers], {DRAWN})
    return found


def test_nothing_sent_by_us() -> None:
    """Only the frame that was sent on purpose is of nobody."""
    found = _ours(0, 1, 1)
    assert (found.transmitted, found.faults) == (0, [])


@pytest.mark.parametrize(
    ("found", "transmitted"),
    [
        (_ours(1, 2, 2), 1),
        (_ours(0, 1, 3), 2),
        (_ours(0, 1, 1, interface=1), 1),
        (_ours(0, 1, 1, strangers=2), 1),
        (_ours(0, 0, 0, strangers=0), 0),
        (_ours(0, 0, 0), 0),
    ],
    ids=["before", "after", "by the interface", "on the air", "a check that sees nothing", "a counter that stands"],
)
def test_a_frame_of_ours_is_a_fault(found: Verdict, transmitted: int) -> None:
    """Wherever it shows; and so is a check that does not see the one that was sent on purpose."""
    assert found.faults
    assert found.transmitted == transmitted


def test_states_may_have_others_between_them_but_keep_their_order() -> None:
    """What must be said is said, in its turn."""
    found = Verdict()
    verdict.follow(found, ["listening", "down", "deaf", "gone"], ["listening", "deaf", "gone"])
    assert found.faults == []
    verdict.follow(found, ["listening", "gone", "deaf"], ["listening", "deaf", "gone"])
    assert found.faults


def test_a_line_of_tshark() -> None:
    """A frame without a transmitter is one too."""
    assert frames.parse("1795333015.640576000\t2412\t0x0004\t62:d9:0e:b3:47:f8") == Frame(
        1795333015640, 2412, PROBE_REQUEST, bytes.fromhex("62d90eb347f8")
    )
    assert frames.parse("1.5\t2437\t0x001d\t").transmitter == b""
    assert frames.parse("1.5\t\t0x0004\t62:d9:0e:b3:47:f8").freq_mhz == 0
