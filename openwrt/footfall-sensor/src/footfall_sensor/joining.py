"""Joining a collector's fleet: `footfall-sensor enrol`, and what a unit does before it is a member."""

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import __version__, codes, config, durable, enrolling, keys, membership, signing
from .claim import Claim
from .config import Config
from .enrolling import Applicant
from .errors import ConfigError, EnrolmentError, Malformed
from .membership import Membership
from .posting import Post
from .sealing import Opener, wipe
from .trusted import Trusted
from .wire.enrol import NONCE_BYTES, About
from .wire.envelope import BOOT_BYTES
from .wire.member import Member, State, open_password

RETRY_S_MIN, RETRY_S_MAX = 5.0, 300.0
REFUSED_S_MIN = 60.0  # a refusal may be mended at the collector; no hurry
JITTER = 0.25
ABOUT_CHARS_MAX = 64
WIREGUARD_NAME = "wireguard.pub"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a unit has come, for the person beside it."""

    state: str  # pending, approved, refused; or unreachable
    says: str
    sensor: str
    fingerprint: str
    written_s: float  # monotonic clock of the machine


class Joining:
    """One unit and the collector it wants to join. leave: whether to leave word in the run folder for `status`."""

    def __init__(self, chosen: Config, leave: bool = False) -> None:
        """Makes the unit's key where there is none. Raises SensorError."""
        if not chosen.enrol_url:
            raise EnrolmentError("option enrol_url: missing. Set it, or give --url")
        self._config = chosen
        self._post = Post(chosen.enrol_url)
        self._unit = applicant(chosen)
        self._leave = leave
        self._number = 0

    @property
    def fingerprint(self) -> str:
        """Of the unit's key."""
        return codes.fingerprint(self._unit.secret.public_raw)

    def once(self) -> Member:
        """Ask once, and keep what the collector gives. Raises EnrolmentError."""
        self._number += 1
        opener = Opener() if self._unit.wireguard else None
        try:
            unit = replace(self._unit, sealing=opener.public if opener else b"")
            member = enrolling.ask(unit, self._post, os.urandom(NONCE_BYTES), self._number)
            keep(self._config, member, self._post.host, opener)
        finally:
            if opener:
                opener.close()
        self._unit = replace(self._unit, collectors=self._unit.collectors or (member.collector,))
        return member

    def until_member(self, pause: Callable[[float], None] = time.sleep) -> Member:
        """Ask until the unit is a member. Each turn is said once, on standard error and for `status`."""
        told, retry_s = "", RETRY_S_MIN
        while True:
            try:
                member = self.once()
                standing = self._standing(member.state.value, member.says, member.sensor)
                wait_s = float(member.poll_s) if member.state is State.PENDING else max(REFUSED_S_MIN, member.poll_s)
                retry_s = RETRY_S_MIN
            except EnrolmentError as exc:
                standing = self._standing("unreachable", str(exc), "")
                wait_s, retry_s = retry_s, min(RETRY_S_MAX, 2 * retry_s)
                member = None
            if told != (told := f"{standing.state}: {standing.says}"):
                print(f"footfall-sensor: {told}; fingerprint {standing.fingerprint}", file=sys.stderr, flush=True)
            if member is not None and member.state is State.APPROVED:
                self._config.enrolment_path.unlink(missing_ok=True)
                return member
            self._write(standing)
            pause(wait_s * (1 + JITTER * (2 * _chance() - 1)))

    def _standing(self, state: str, says: str, sensor: str) -> Standing:
        return Standing(state, says, sensor, self.fingerprint, round(time.monotonic(), 1))

    def _write(self, standing: Standing) -> None:
        if not self._leave:
            return
        path = self._config.enrolment_path
        try:
            durable.show(path, json.dumps(asdict(standing)))
        except OSError as exc:  # a full disk must not keep a unit from joining
            print(f"footfall-sensor: {path}: {exc.strerror}", file=sys.stderr)


def applicant(chosen: Config) -> Applicant:
    """This unit as it comes before the collector. Raises SensorError."""
    backend = signing.backend("" if chosen.signer == "auto" else chosen.signer)
    if not chosen.key_path.exists():
        keys.write_secret(chosen.key_path, backend.generate())
        for path in (chosen.key_path, chosen.key_path.with_name(chosen.key_path.name + ".pub")):
            membership.give_away(path)
    return Applicant(
        backend=backend,
        secret=keys.read_secret(chosen.key_path),
        boot=os.urandom(BOOT_BYTES),
        collectors=_collectors(chosen, backend),
        claim=Claim.parse(chosen.claim) if chosen.claim else None,
        about=about(chosen.profile),
        wireguard=_wireguard(Path(chosen.state_dir)),
    )


def _collectors(chosen: Config, backend: signing.Backend) -> tuple[keys.PublicKey, ...]:
    """The keys whose word the unit takes: the one it was given first, and those that this was handed on to."""
    if not chosen.collector_key_path.exists():
        return ()
    first = keys.read_public(chosen.collector_key_path)
    trusted = Trusted(chosen.name, chosen.collector_key_path, chosen.trust_path, backend.verify)
    # What time it is the unit may not know: the newest list says which keys count at least.
    return (first, *(key for key in trusted.keys_at(None) if key != first))


def keep(chosen: Config, member: Member, asked_host: str, opener: Opener | None = None) -> None:
    """Keep the collector's key, and what it gives to a member. opener: of the request's. Raises EnrolmentError."""
    folder = Path(chosen.state_dir)
    pinned = chosen.collector_key_path.exists()
    beside = {} if pinned else {chosen.collector_key_path.name: member.collector.text().encode()}
    if member.state is not State.APPROVED:
        membership.keep(folder, beside)
        return
    terms = Membership(
        name=member.sensor,
        tenant=member.tenant,
        site=member.site,
        broker_host=member.broker_host or asked_host,
        broker_port=member.broker_port,
        enrol_url=chosen.enrol_url,
        tls="on" if member.tls else "off",
        renew_ms=member.renew_ms,
        ends_ms=member.ends_ms,
    )
    try:  # what the options' own checks refuse must not be kept: the unit would not start again
        config.from_options({name: str(getattr(terms, name)) for name in membership.OPTIONS})
    except ConfigError as exc:
        raise EnrolmentError(f"the collector's terms will not do: {exc}") from exc
    given = {
        membership.AUTHORITY_NAME: member.authority,
        membership.CERTIFICATE_NAME: member.certificate,
        membership.TUNNEL_NAME: member.tunnel,
        membership.LOGIN_NAME: _password(member, opener),
    }
    membership.write(folder, terms, beside | {name: raw for name, raw in given.items() if raw})


def _password(member: Member, opener: Opener | None) -> bytes:
    """The password at the broker, opened; empty where none came. Raises EnrolmentError."""
    if not member.password or opener is None:
        return b""
    try:
        opened = open_password(member.password, f"{member.tenant}/{member.sensor}", opener)
    except Malformed as exc:
        raise EnrolmentError(f"the password at the broker cannot be opened: {exc}. Ask again") from exc
    password = bytes(opened)
    wipe(opened)
    return password


def about(profile: str, root: Path = Path("/")) -> About:
    """What this unit is: OpenWrt leaves board and model in /tmp/sysinfo."""

    def said(name: str) -> str:
        try:
            text = (root / "tmp/sysinfo" / name).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""
        return text[:ABOUT_CHARS_MAX] if text.isprintable() else ""

    return About(__version__, os.uname().machine, profile, said("board_name"), said("model"))


def _wireguard(folder: Path) -> bytes:
    """The public key of the unit's tunnel, where root has made one: footfall-tunnel leaves it there."""
    try:
        return base64.b64decode((folder / WIREGUARD_NAME).read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError):
        return b""


def _chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / (1 << 32)
