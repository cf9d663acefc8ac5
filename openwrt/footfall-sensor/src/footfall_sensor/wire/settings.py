"""What a collector tells a sensor to be and to do, and the sensor's answer: configuration, command, result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from ..errors import Malformed
from . import body
from .batch import UTC_MS_MAX
from .image import ImageOffer
from .release import Offer

VERSION_MAX = 1 << 53  # a number that JSON keeps exactly
OPTION_CHARS_MAX = 640  # the longest value: a list of 32 BSSIDs has 575
COMMAND_ID_BYTES = 8
BOOT_BYTES = 8
COMMAND_LIFE_MS = 5 * 60 * 1000


class Verb(StrEnum):
    """All that a sensor can be told to do: at most eight. Only `upgrade` has an argument; see upgrading."""

    KEEP = "keep"  # the configuration on probation: it has been seen to reach the collector
    KICK = "kick"  # take the interface down and up
    REPORT = "report"  # say how you are, now
    RESEND = "resend"  # everything that waits, whatever is in flight
    RESTART = "restart"  # the agent
    UPGRADE = "upgrade"  # the agent's package or the whole image, to what a release key vouches for


class Outcome(StrEnum):
    """What became of a configuration or a command."""

    OK = "ok"
    REFUSED = "refused"  # as a whole; nothing of it was taken
    REVERTED = "reverted"  # taken, and given up: it kept the sensor from the collector, or from starting
    TRYING = "trying"  # taken, on probation


@dataclass(frozen=True, slots=True)
class Configuration:
    """Options that go before those of the unit's own file, as a whole: what is not in it is the unit's own again."""

    version: int  # grows with each one a sensor is sent
    issued_ms: int
    expires_ms: int  # a sensor takes it no more; one that runs goes on, and says that it is stale
    options: Mapping[str, str] = field(default_factory=dict)  # as a UCI file says them; a list with blanks between

    def encode(self) -> bytes:
        """The body."""
        return body.pack(self.fields())

    def fields(self) -> body.Fields:
        """What it consists of."""
        return {
            "version": self.version,
            "issued": self.issued_ms,
            "expires": self.expires_ms,
            "options": dict(sorted(self.options.items())),
        }

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The configuration in a body. Raises Malformed."""
        return cls.read(body.unpack(raw))

    @classmethod
    def read(cls, got: body.Fields) -> Self:
        """The configuration in these fields. Raises Malformed."""
        issued_ms = body.integer(got, "issued", 0, UTC_MS_MAX)
        return cls(
            version=body.integer(got, "version", 1, VERSION_MAX),
            issued_ms=issued_ms,
            expires_ms=body.integer(got, "expires", issued_ms, UTC_MS_MAX),
            options=options(got, "options"),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do, by one start of the sensor: the next start takes it for none of its own."""

    id: bytes  # random; a sensor does what it names once
    verb: str  # see Verb; another word is refused by name
    boot: bytes  # of the start that it is for
    issued_ms: int
    expires_ms: int
    new: Offer | None = None  # of `upgrade`: the release to install
    back: Offer | None = None  # the release that runs, to go back to
    image: ImageOffer | None = None  # of `upgrade`, instead of both: an image to write over what is there

    def encode(self) -> bytes:
        """The body."""
        return body.pack(
            {
                "id": self.id,
                "verb": self.verb,
                "boot": self.boot,
                "issued": self.issued_ms,
                "expires": self.expires_ms,
                "new": self.new and self.new.fields(),
                "back": self.back and self.back.fields(),
                "image": self.image and body.present(self.image.fields()),
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The command in a body. Raises Malformed."""
        got = body.unpack(raw)
        issued_ms = body.integer(got, "issued", 0, UTC_MS_MAX)
        return cls(
            id=body.binary(got, "id", COMMAND_ID_BYTES),
            verb=body.text(got, "verb"),
            boot=body.binary(got, "boot", BOOT_BYTES),
            issued_ms=issued_ms,
            expires_ms=body.integer(got, "expires", issued_ms, UTC_MS_MAX),
            new=Offer.read(got["new"]) if "new" in got else None,
            back=Offer.read(got["back"]) if "back" in got else None,
            image=ImageOffer.read(got["image"]) if "image" in got else None,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a configuration (`version`) or of a command (`command`)."""

    outcome: Outcome
    says: str = ""
    version: int = 0
    command: bytes = b""

    def encode(self) -> bytes:
        """The body."""
        return body.pack(self.fields())

    def fields(self) -> body.Fields:
        """What it consists of; what it says is cut to what a body may hold."""
        said = "".join(letter if letter.isprintable() else " " for letter in self.says)[: body.STRING_BYTES_MAX]
        return {
            "config": self.version or None,
            "command": self.command or None,
            "outcome": self.outcome.value,
            "says": said or None,
        }

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The result in a body. Raises Malformed."""
        return cls.read(body.unpack(raw))

    @classmethod
    def read(cls, got: body.Fields) -> Self:
        """The result in these fields. Raises Malformed."""
        if ("config" in got) == ("command" in got):
            raise Malformed("a result is of a configuration or of a command")
        try:
            outcome = Outcome(body.text(got, "outcome"))
        except ValueError as exc:
            raise Malformed(f"outcome: one of {', '.join(Outcome)} is wanted") from exc
        return cls(
            outcome=outcome,
            says=body.text(got, "says", ""),
            version=body.integer(got, "config", 1, VERSION_MAX) if "config" in got else 0,
            command=body.binary(got, "command", COMMAND_ID_BYTES) if "command" in got else b"",
        )


def options(got: body.Fields, name: str) -> dict[str, str]:
    """The map `name` of options, each a printable string. Raises Malformed."""
    value = got.get(name)
    if not isinstance(value, dict) or len(value) > body.MAP_ITEMS_MAX:
        raise Malformed(f"{name}: a map of at most {body.MAP_ITEMS_MAX} options is wanted")
    for option, said in value.items():
        if type(option) is not str or type(said) is not str or len(said) > OPTION_CHARS_MAX or not said.isprintable():
            raise Malformed(f"{name}: printable strings of at most {OPTION_CHARS_MAX} characters are wanted")
    return dict(value)
