"""Frozen wire bytes: what tests/vectors/vectors.json says, as the objects of the wire format.

`python tests/support/frozen.py` writes the .bin of every vector that has none yet, and never touches one that is
there: bytes that were once sent must be read for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

from footfall_sensor import keys, signing
from footfall_sensor.wire import batch, body, envelope
from footfall_sensor.wire.batch import Batch, ClockState, Columns, Counters, Sighting
from footfall_sensor.wire.enrol import About, Enrol
from footfall_sensor.wire.envelope import Envelope, Kind
from footfall_sensor.wire.image import Image, ImageOffer
from footfall_sensor.wire.member import Member, State
from footfall_sensor.wire.messages import Ack, Acked, Birth, EpochKey, Health, Totals
from footfall_sensor.wire.objections import Objections
from footfall_sensor.wire.release import Offer, Release
from footfall_sensor.wire.reports import EpochCount
from footfall_sensor.wire.settings import Command, Configuration, Outcome, Result
from footfall_sensor.wire.summary import Summary
from footfall_sensor.wire.trust import Trust, TrustedKey

FOLDER = Path(__file__).parent.parent / "vectors"

Downward = Ack | EpochKey | Configuration | Command | Objections | Trust | Member
Message = Batch | Birth | Health | Result | Enrol | Downward | None  # None: a death says nothing


@dataclass(frozen=True, slots=True)
class Vector:
    """One frozen message."""

    name: str
    says: str  # why it is here
    kind: Kind
    sensor: str
    boot: bytes
    number: int
    message: Message
    further: Mapping[str, Any]  # fields of a newer end, which today's encoder does not make

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.bin"

    def body(self) -> bytes:
        """The body as today's encoder makes it, with the further fields behind it."""
        encoded = encode(self.message)
        return msgpack.packb({**msgpack.unpackb(encoded), **self.further}) if self.further else encoded


def encode(message: Message) -> bytes:
    if message is None:
        return body.pack({})
    return batch.encode(message) if isinstance(message, Batch) else message.encode()


def decode(kind: Kind, raw: bytes) -> Message:
    if kind is Kind.DEATH:
        assert body.unpack(raw) == {}
        return None
    readers = {Kind.BATCH: batch.decode, Kind.BIRTH: Birth.decode, Kind.HEALTH: Health.decode}
    readers |= {Kind.ACK: Ack.decode, Kind.EPOCH: EpochKey.decode, Kind.TRUST: Trust.decode}
    readers |= {Kind.OBJECTIONS: Objections.decode}
    readers |= {Kind.CONFIG: Configuration.decode, Kind.COMMAND: Command.decode, Kind.RESULT: Result.decode}
    readers |= {Kind.ENROL: Enrol.decode, Kind.MEMBER: Member.decode}
    return readers[kind](raw)


def _batch(said: dict[str, Any]) -> Batch:
    rows = [Sighting(*row) for row in said.pop("rows")]
    clock, counters = ClockState[said.pop("clock")], Counters(**said.pop("counters"))
    told = said.pop("summary", None)
    summary = told and Summary(**{**told, "levels": tuple(told["levels"]), "classes": _pairs(told["classes"])})
    return Batch(**said, clock=clock, counters=counters, columns=Columns.from_rows(rows), summary=summary)


def _health(said: dict[str, Any]) -> Health:
    epochs = tuple(EpochCount(*row) for row in said.pop("epochs", []))
    return Health(Totals(**said.pop("totals")), heard=_pairs(said.pop("heard", [])), epochs=epochs, **said)


def _pairs(listed: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((first, last) for first, last in listed)


def _ack(said: dict[str, Any]) -> Ack:
    boots = tuple(
        Acked(bytes.fromhex(boot["boot"]), _pairs(boot["committed"]), _pairs(boot["refused"]))
        for boot in said.pop("boots")
    )
    return Ack(boots, **said)


def _epoch(said: dict[str, Any]) -> EpochKey:
    spans = said.pop("open_spans", None)
    key, peer = (bytes.fromhex(said.pop(name, "")) for name in ("key", "peer"))
    return EpochKey(key=key, peer=peer, open_spans=spans if spans is None else _pairs(spans), **said)


def _trust(said: dict[str, Any]) -> Trust:
    listed = [
        TrustedKey(keys.PublicKey(bytes.fromhex(one["id"]), bytes.fromhex(one["key"])), one["from"], one["until"])
        for one in said.pop("keys")
    ]
    return Trust(keys=tuple(listed), **said)


def _bytes(said: dict[str, Any], *names: str) -> dict[str, bytes]:
    return {name: bytes.fromhex(said[name]) for name in names if name in said}


def _enrol(said: dict[str, Any]) -> Enrol:
    key = keys.PublicKey(bytes.fromhex(said.pop("id")), bytes.fromhex(said.pop("key")))
    return Enrol(key=key, claim_id=said.pop("claim_id", ""), about=About(**said.pop("about")), **_from_hex(said))


def _member(said: dict[str, Any]) -> Member:
    collector = keys.PublicKey(bytes.fromhex(said.pop("collector_id")), bytes.fromhex(said.pop("collector")))
    raw = {name: bytes.fromhex(said.pop(name)) for name in ("nonce", "proof", "password") if name in said}
    pem = {name: said.pop(name).encode() for name in ("authority", "certificate", "tunnel") if name in said}
    return Member(collector=collector, state=State(said.pop("state")), **raw, **pem, **said)


def _offers(said: dict[str, Any], *names: str) -> dict[str, Offer]:
    found = {}
    for name in names:
        if one := said.get(name):
            raw = {field: bytes.fromhex(one.pop(field)) for field in ("key_id", "signature", "sha256")}
            url, digest = one.pop("url"), raw.pop("sha256")
            found[name] = Offer(Release(**one, sha256=digest), **raw, url=url)
    return found


def _command(said: dict[str, Any]) -> Command:
    image = said.pop("image", None)
    if image is not None:
        raw = {field: bytes.fromhex(image.pop(field)) for field in ("key_id", "signature", "sha256")}
        url, digest, boards = image.pop("url"), raw.pop("sha256"), tuple(image.pop("boards"))
        image = ImageOffer(Image(boards=boards, sha256=digest, **image), **raw, url=url)
    return Command(**{**said, **_bytes(said, "id", "boot"), **_offers(said, "new", "back")}, image=image)


def _from_hex(said: dict[str, str]) -> dict[str, bytes]:
    return {name: bytes.fromhex(text) for name, text in said.items()}


_READERS = {
    "BATCH": _batch,
    "BIRTH": lambda said: Birth(seal=bytes.fromhex(said.pop("seal", "")), **said),
    "HEALTH": _health,
    "DEATH": lambda _said: None,
    "ENROL": _enrol,
    "MEMBER": _member,
    "ACK": _ack,
    "EPOCH": _epoch,
    "OBJECTIONS": lambda said: Objections(**{**said, **_bytes(said, "key", "prefixes", "peer")}),
    "TRUST": _trust,
    "CONFIG": lambda said: Configuration(**said),
    "COMMAND": _command,
    "RESULT": lambda said: Result(**{**said, **_bytes(said, "command"), "outcome": Outcome(said["outcome"])}),
}


def read() -> tuple[keys.SecretKey, list[Vector]]:
    """The key that all vectors are signed with, and the vectors."""
    said = json.loads((FOLDER / "vectors.json").read_text())
    key = said["key"]
    secret = keys.SecretKey(*(bytes.fromhex(key[name]) for name in ("id", "seed", "public")))
    vectors = [
        Vector(
            name=vector["name"],
            says=vector["says"],
            kind=Kind[vector["kind"]],
            sensor=vector["sensor"],
            boot=bytes.fromhex(vector["boot"]),
            number=vector["number"],
            message=_READERS[vector["kind"]](vector["message"]),
            further=vector.get("further", {}),
        )
        for vector in said["vectors"]
    ]
    return secret, vectors


def seal(vector: Vector, secret: keys.SecretKey) -> bytes:
    plain = Envelope(vector.kind, vector.sensor, vector.boot, vector.number, vector.body())
    return envelope.seal(plain, lambda message: signing.Cryptography().sign(secret, message))


def main() -> None:
    secret, vectors = read()
    for vector in vectors:
        if not vector.path.exists():
            vector.path.write_bytes(seal(vector, secret))
            print(f"frozen: {vector.path}")


if __name__ == "__main__":
    main()
