"""The collector's own key, and how it is handed on to the next one without a sensor being lost.

`rotate` makes the next key, and from then on each sensor is told of both (wire.trust). The old one goes on signing
until every approved sensor has said that it knows, or the overlap is over; then `tend` puts the next in its place, the
old one is destroyed, and sensors are told of the new one alone. Secrets lie in files, the book of keys in the registry.

collector.key        the key that signs; collector.key.next: the one that will; collector.key.old: being destroyed
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from footfall_sensor import keys, signing
from footfall_sensor.errors import SigningError
from footfall_sensor.keys import PublicKey, SecretKey
from footfall_sensor.wire.trust import Trust, TrustedKey

from .. import schema
from ..database import writing
from ..errors import SettingsError
from ..records import audit
from ..records.audit import Event
from ..records.standing import Standing
from . import keyfile

DAY_MS = 24 * 3600 * 1000
OVERLAP_DAYS = 14
UNFINISHED_S = 60  # a next key that nobody has entered for so long never will be
MESSAGE_MS = 7 * DAY_MS  # how long a list is good on its way
_keys = schema.collector_keys.c


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that signs, will sign, or has signed."""

    key: PublicKey
    state: str  # next, signing or retired
    version: int  # of the list that named it first; 0 = given out by hand
    made_ms: int
    overlap_ms: int  # of the next: when it takes over at the latest
    retired_ms: int | None


class Identity:
    """The keys of the collector in `folder`. Several processes may work on it."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._path = folder / "collector.key"
        self._next_path = folder / "collector.key.next"
        self._old_path = folder / "collector.key.old"
        self._engine = engine

    def secret(self) -> SecretKey:
        """The key that signs now. Raises SigningError."""
        return keys.read_secret(self._path)

    def states(self) -> list[KeyState]:
        """All keys there ever were, oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.collector_keys).order_by(_keys.version, _keys.made_ms))
            found = [_state(row) for row in rows]
        return found or [KeyState(self.secret().public, "signing", 0, 0, 0, None)]

    def trust(self, now_ms: int) -> Trust | None:
        """The list of keys that sensors are to have now; None = the key they were given by hand will do."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.collector_keys).where(_keys.state != "retired"))
            states = {one.state: one for one in map(_state, rows)}
        if not states:
            return None  # there was never another key
        signing_key, following = states["signing"], states.get("next")
        if following is not None:
            # Its date ends the old key also on a unit that never hears of the list after this one.
            until_ms = following.overlap_ms + DAY_MS
            listed = (TrustedKey(signing_key.key, 0, until_ms), TrustedKey(following.key))
            return Trust(following.version, now_ms, now_ms + MESSAGE_MS, listed)
        if not signing_key.version:
            return None
        return Trust(signing_key.version + 1, now_ms, now_ms + MESSAGE_MS, (TrustedKey(signing_key.key),))

    def rotate(self, overlap_days: int, actor: str, now_ms: int) -> KeyState:
        """Make the next key. Raises SettingsError where one is already under way or it cannot be kept."""
        with writing(self._engine).begin() as connection:
            self._enter_first(connection, now_ms)
            if connection.scalar(select(func.count()).where(_keys.state == "next")):
                raise SettingsError("a rotation is under way; footfall collector key list shows how far it is")
            version = 1 + max(connection.scalar(select(func.max(_keys.version))) or 0, self._listed(connection))
            made = signing.backend().generate()
            try:
                keys.write_secret(self._next_path, made)
            except OSError as exc:
                raise SettingsError(f"{self._next_path} cannot be written: {exc.strerror}. Free some space") from exc
            following = KeyState(made.public, "next", version, now_ms, now_ms + overlap_days * DAY_MS, None)
            _insert(connection, following)
            says = f"made; takes over when every sensor knows it, in {overlap_days} days at the latest"
            audit.append(connection, Event(actor, "rotate", f"collector key {made.id.hex()}", says), now_ms)
            return following

    def noted(self, sensor_id: int, version: int, now_ms: int) -> None:
        """A sensor has said which list it has."""
        table = schema.trust_versions
        which = table.c.sensor_id == sensor_id
        with self._engine.begin() as connection:
            known = connection.scalar(select(table.c.version).where(which))
        if version == (known or 0):  # nobody's row is wanted for what is so without one: it would be a commit a birth
            return
        with writing(self._engine).begin() as connection:
            values = {"version": version, "received_ms": now_ms}
            if not connection.execute(update(table).where(which).values(values)).rowcount:
                connection.execute(insert(table).values(sensor_id=sensor_id, **values))

    def behind(self) -> int:
        """How many approved sensors have not said yet that they know the next key; 0 where there is none."""
        following = next((one for one in self.states() if one.state == "next"), None)
        if following is None:
            return 0
        sensors, versions = schema.sensors, schema.trust_versions
        joined = sensors.outerjoin(versions, versions.c.sensor_id == sensors.c.id)
        late = func.coalesce(versions.c.version, 0) < following.version
        wanted = select(func.count()).select_from(joined).where(sensors.c.state == Standing.APPROVED, late)
        with self._engine.begin() as connection:
            return connection.scalar(wanted) or 0

    def tend(self, now_ms: int) -> str:
        """Let the next key take over where its time has come; the id of the key that was retired, else ""."""
        self._finish(now_ms, "taken up after an interruption")
        following = next((one for one in self.states() if one.state == "next"), None)
        self._sweep(following is not None)
        if following is None:
            return ""
        behind = self.behind()
        if behind and now_ms < following.overlap_ms:
            return ""
        try:
            old = self.secret().id
            self._swap()
        except (OSError, SigningError) as exc:
            raise SettingsError(
                f"the next key cannot take over: {exc}. It is tried again by itself; mend what is said there"
            ) from exc
        self._finish(now_ms, f"{behind} sensors do not know the next" if behind else "every sensor knows the next")
        self._sweep(False)
        return old.hex()

    def _swap(self) -> None:
        """The next key's files in place of the old key's, whose secret is left in collector.key.old."""
        following = keys.read_secret(self._next_path)
        self._old_path.unlink(missing_ok=True)
        os.link(self._path, self._old_path)
        keys.write_secret(self._path, following)

    def _finish(self, now_ms: int, says: str) -> None:
        """Enter in the book what the files already say."""
        current = self.secret().id
        if current not in {one.key.id for one in self.states() if one.state == "next"}:
            return
        with writing(self._engine).begin() as connection:
            old = connection.scalar(select(_keys.key_id).where(_keys.state == "signing"))
            if old is None or old == current:
                return  # another process was first
            retired = {"state": "retired", "retired_ms": now_ms}
            connection.execute(update(schema.collector_keys).where(_keys.key_id == old).values(retired))
            change = update(schema.collector_keys).where(_keys.key_id == current)
            connection.execute(change.values(state="signing"))
            event = Event("collector", "retire", f"collector key {old.hex()}", f"{current.hex()} signs now; {says}")
            audit.append(connection, event, now_ms)

    def _sweep(self, next_wanted: bool) -> None:
        """Destroy what no state needs. A rotation that another process may just have begun is left alone."""
        with suppress(FileNotFoundError):
            if self._old_path.stat().st_nlink > 1:
                self._old_path.unlink()  # killed before the swap: it is the signing key's second name
            else:
                keyfile.destroy(self._old_path)
        with suppress(FileNotFoundError):
            age_s = time.time() - self._next_path.stat().st_mtime
            done = self._next_path.read_bytes() == self._path.read_bytes()
            if done or (not next_wanted and age_s > UNFINISHED_S):
                keyfile.destroy(self._next_path)
                self._next_path.with_name(self._next_path.name + ".pub").unlink()

    def _enter_first(self, connection: Connection, now_ms: int) -> None:
        if not connection.scalar(select(func.count()).select_from(schema.collector_keys)):
            _insert(connection, KeyState(self.secret().public, "signing", 0, now_ms, 0, None))

    @staticmethod
    def _listed(connection: Connection) -> int:
        """The version of the list of the key that signs alone."""
        version = connection.scalar(select(_keys.version).where(_keys.state == "signing")) or 0
        return version + 1 if version else 0


def _insert(connection: Connection, state: KeyState) -> None:
    values = {
        "key_id": state.key.id,
        "public_key": state.key.raw,
        "state": state.state,
        "version": state.version,
        "made_ms": state.made_ms,
        "overlap_ms": state.overlap_ms,
    }
    connection.execute(insert(schema.collector_keys).values(values))


def _state(row: "Row[tuple[object, ...]]") -> KeyState:
    key = PublicKey(row.key_id, row.public_key)
    return KeyState(key, row.state, row.version, row.made_ms, row.overlap_ms, row.retired_ms)
