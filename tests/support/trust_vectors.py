"""Attacks on the way down, as The Update Framework names them, frozen: what a sensor is given, and what it must say.

`python tests/support/trust_vectors.py` writes the cases below that have no file in tests/vectors/trust yet, and never
touches one that is there. A file holds everything: another implementation can be tested with it.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footfall_sensor import keys, signing
from footfall_sensor.wire import body, envelope
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.messages import Ack, Acked, EpochKey
from footfall_sensor.wire.trust import Trust, TrustedKey

FOLDER = Path(__file__).parent.parent / "vectors" / "trust"
SENSOR = "shop-7-door"
NOW_MS = 1_795_324_800_000
DAY_MS = 86_400_000
BOOT, OTHER = b"a start.", b"another."
BACKEND = signing.Cryptography()


def _key(fill: int) -> keys.SecretKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = bytes((fill,)) * 32
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return keys.SecretKey(bytes((fill,)) * 8, seed, public)


PINNED, NEXT, THIRD, STRANGER = (_key(fill) for fill in (1, 2, 3, 9))


def seal(
    kind: Kind,
    packed: bytes,
    number_ms: int = NOW_MS,
    by: keys.SecretKey = PINNED,
    sensor: str = SENSOR,
    boot: bytes = BOOT,
) -> bytes:
    return envelope.seal(
        Envelope(kind, sensor, boot, number_ms * 1000, packed), lambda message: BACKEND.sign(by, message)
    )


def ack(number_ms: int = NOW_MS, **how: Any) -> bytes:
    return seal(Kind.ACK, Ack((Acked(b"boot id.", ((0, number_ms % 1000),)),), NOW_MS, 0).encode(), number_ms, **how)


def epoch_body(expires_ms: int = NOW_MS + 300_000) -> bytes:
    return EpochKey(
        "2026-11-22", NOW_MS - 1, NOW_MS + DAY_MS, bytes(48), expires_ms, NOW_MS, bytes(31) + b"\2"
    ).encode()


def trust(version: int, *listed: TrustedKey, expires_ms: int = NOW_MS + DAY_MS, issued_ms: int = NOW_MS) -> bytes:
    return Trust(version, issued_ms, expires_ms, listed).encode()


def holds(key: keys.SecretKey, not_before_ms: int = 0, not_after_ms: int = 0) -> TrustedKey:
    return TrustedKey(key.public, not_before_ms, not_after_ms)


@dataclass
class Case:
    """What is given to a sensor one after the other, each with what must come of it."""

    says: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    def give(self, raw: bytes, outcome: str, match: str = "", leaf: str = "", utc_ms: int | None = NOW_MS) -> "Case":
        """outcome: taken, repeated or refused; match: part of the refusal's text."""
        named = leaf or Kind(raw[1]).name.lower()
        self.steps.append({"leaf": named, "raw": raw.hex(), "utc_ms": utc_ms, "outcome": outcome, "match": match})
        return self

    def restart(self) -> "Case":
        self.steps.append({"restart": True})
        return self


def cases() -> dict[str, Case]:
    both = trust(1, holds(PINNED), holds(NEXT))
    handed = seal(Kind.TRUST, both)
    only_next = seal(Kind.TRUST, trust(2, holds(NEXT)), NOW_MS + 1)
    epoch = seal(Kind.EPOCH, epoch_body())
    cut = bytearray(ack())
    cut[0] = 0
    mixed = bytearray(seal(Kind.EPOCH, epoch_body(NOW_MS + 300_001)))
    mixed[-64:] = epoch[-64:]
    unknown = bytearray(ack())
    unknown[1] = 31
    retiring = seal(Kind.TRUST, trust(1, holds(PINNED, 0, NOW_MS + 1000), holds(NEXT, NOW_MS + 500)))
    far_ms = NOW_MS + 2 * DAY_MS
    return {
        "rollback-number": Case("an older message of the same start, after a newer one")
        .give(ack(NOW_MS + 5), "taken")
        .give(ack(NOW_MS + 4), "refused", "older"),
        "rollback-version": Case("an older list of keys, freshly signed")
        .give(seal(Kind.TRUST, trust(7, holds(PINNED))), "taken")
        .give(seal(Kind.TRUST, trust(6, holds(PINNED), holds(STRANGER)), NOW_MS + 1), "refused", "not newer")
        .give(seal(Kind.TRUST, trust(7, holds(STRANGER)), NOW_MS + 2), "refused", "not newer"),
        "rollback-other-start": Case(
            "messages of another start: a minute old is a second collector, more is a recording"
        )
        .give(ack(NOW_MS), "taken")
        .give(ack(NOW_MS - 60_000, boot=OTHER), "taken")
        .give(ack(NOW_MS - 60_001, boot=b"a third."), "refused", "older"),
        "freeze-epoch": Case("an epoch key that was held back until it expired, by the unit's own time")
        .give(epoch, "refused", "expired", utc_ms=NOW_MS + 300_001)
        .give(epoch, "taken", utc_ms=NOW_MS + 300_000),
        "freeze-trust": Case("a list of keys that was held back until it expired").give(
            handed, "refused", "expired", utc_ms=NOW_MS + DAY_MS + 1
        ),
        "freeze-undated": Case("a message that must say how long it is good, and does not").give(
            seal(Kind.EPOCH, body.pack({"epoch": "x", "start": 1, "end": 2, "key": bytes(32)})), "refused", "how long"
        ),
        "fast-forward-number": Case("a number far ahead is refused, so that the next ones are not shut out")
        .give(ack(far_ms), "refused", "ahead")
        .give(ack(NOW_MS), "taken"),
        "fast-forward-clockless": Case("the same while the unit does not know the time: it heals once it does")
        .give(ack(far_ms), "taken", utc_ms=None)
        .give(ack(NOW_MS, boot=OTHER), "taken"),
        "fast-forward-version": Case("a version that leaps, so that none would be left above it")
        .give(seal(Kind.TRUST, trust((1 << 32) - 1, holds(PINNED))), "refused", "leaps")
        .give(seal(Kind.TRUST, trust(1001, holds(PINNED)), NOW_MS + 1), "refused", "leaps")
        .give(seal(Kind.TRUST, trust(1000, holds(PINNED)), NOW_MS + 2), "taken"),
        "fast-forward-dropped": Case("what a stolen key had counted up does not bind its successor")
        .give(handed, "taken")
        .give(ack(NOW_MS + DAY_MS - 1000), "taken")
        .give(seal(Kind.TRUST, trust(2, holds(NEXT)), NOW_MS + DAY_MS - 999, by=NEXT, boot=OTHER), "taken")
        .give(ack(NOW_MS + 3, by=NEXT, boot=OTHER), "taken"),
        "mix-and-match-body": Case("the signature of one message under another").give(
            bytes(mixed), "refused", "not signed"
        ),
        "mix-and-match-topic": Case("a good message on the topic of another kind")
        .give(ack(), "refused", "topic", leaf="epoch")
        .give(epoch, "refused", "topic", leaf="ack")
        .give(handed, "refused", "topic", leaf="epoch"),
        "mix-and-match-kind": Case("a body under the head of another kind, signed").give(
            seal(Kind.TRUST, epoch_body()), "refused", "keys"
        ),
        "wrong-key": Case("signed by a key that never was a collector's")
        .give(ack(by=STRANGER), "refused", "not signed")
        .give(seal(Kind.TRUST, trust(1, holds(STRANGER)), by=STRANGER), "refused", "not signed"),
        "unsigned": Case("zeros in place of the signature").give(ack()[:-64] + bytes(64), "refused", "not signed"),
        "overlap": Case("while two keys count, either may speak")
        .give(ack(by=NEXT), "refused", "not signed")
        .give(handed, "taken")
        .give(ack(NOW_MS + 1, by=NEXT, boot=OTHER), "taken")
        .give(ack(NOW_MS + 2), "taken"),
        "retired-key": Case("a key that the list names no more")
        .give(handed, "taken")
        .give(only_next, "taken")
        .give(ack(NOW_MS + 3), "refused", "not signed")
        .give(seal(Kind.TRUST, trust(3, holds(PINNED)), NOW_MS + 4), "refused", "not signed")
        .give(ack(NOW_MS + 3, by=NEXT), "taken"),
        "retired-by-date": Case("a key whose time is over, though the list still names it")
        .give(retiring, "taken")
        .give(ack(NOW_MS + 1), "taken", utc_ms=NOW_MS + 999)
        .give(ack(NOW_MS + 2), "refused", "not signed", utc_ms=NOW_MS + 1000),
        "not-yet-valid": Case("a key whose time has not come")
        .give(retiring, "taken")
        .give(ack(NOW_MS + 1, by=NEXT), "refused", "not signed", utc_ms=NOW_MS + 499)
        .give(ack(NOW_MS + 1, by=NEXT), "taken", utc_ms=NOW_MS + 500),
        "not-yet-valid-clockless": Case("without a clock the time is at least that of the newest list")
        .give(retiring, "taken", utc_ms=None)
        .give(ack(NOW_MS + 1, by=NEXT), "refused", "not signed", utc_ms=None)
        .give(ack(NOW_MS + 2), "taken", utc_ms=None),
        "nobody-left": Case("a list under which nobody's word would count")
        .give(seal(Kind.TRUST, trust(1, holds(PINNED, 0, 1))), "refused", "no key counts")
        .give(
            seal(Kind.TRUST, body.pack({"version": 1, "issued": 1, "expires": 1 << 42, "keys": []}), NOW_MS + 1),
            "refused",
            "1 to 3",
        )
        .give(ack(NOW_MS + 2), "taken"),
        "foreign-sensor": Case("a good message for another unit of the same collector")
        .give(ack(sensor="shop-7-window"), "refused", "another sensor")
        .give(seal(Kind.TRUST, both, sensor="shop-7-window"), "refused", "another sensor"),
        "foreign-tenant": Case("a good message of another collector, to a unit of the same name there").give(
            ack(by=THIRD), "refused", "not signed"
        ),
        "endless-data": Case("more bytes than a message has; the head is good")
        .give(ack() + bytes(40_000), "refused", "at most")
        .give(ack()[:-1], "refused", "not as long")
        .give(ack() + b"\0", "refused", "not as long"),
        "unknown-kind": Case("a kind that nobody has defined, and an upward one")
        .give(bytes(unknown), "refused", "unknown kind", leaf="ack")
        .give(seal(Kind.BATCH, b"\x80"), "refused", "no downward"),
        "downgrade": Case("the version field of the envelope set back").give(
            bytes(cut), "refused", "version 0", leaf="ack"
        ),
        "redelivery": Case("the very same message again is no offence, and is not taken twice")
        .give(ack(), "taken")
        .give(ack(NOW_MS + 1), "taken")
        .give(ack(), "repeated")
        .give(ack(NOW_MS + 1), "repeated"),
        "replay-after-restart": Case("a recording played to a unit that has just started, without a clock")
        .give(handed, "taken")
        .give(only_next, "taken")
        .restart()
        .give(handed, "refused", "not signed", utc_ms=None)
        .give(only_next, "refused", "not signed", utc_ms=None)
        .give(seal(Kind.TRUST, trust(2, holds(PINNED)), NOW_MS + 5, by=NEXT), "refused", "not newer", utc_ms=None)
        .give(ack(NOW_MS + 6), "refused", "not signed", utc_ms=None)
        .give(ack(NOW_MS + 6, by=NEXT), "taken", utc_ms=None),
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, case in cases().items():
        path = FOLDER / f"{name}.json"
        if not path.exists():
            pinned = {"id": PINNED.id.hex(), "key": PINNED.public_raw.hex()}
            said = {"says": case.says, "sensor": SENSOR, "pinned": pinned, "steps": case.steps}
            path.write_text(json.dumps(said, indent=1) + "\n")
            print(f"frozen: {path}")


if __name__ == "__main__":
    main()
