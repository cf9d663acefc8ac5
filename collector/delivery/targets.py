"""The targets in the registry: who is told, and the secrets of their webhooks and brokers, sealed."""

import json
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, Engine, Row, delete, insert, select

from .. import schema
from ..database import inserting, writing
from ..errors import DeliveryError
from ..keys.vault import Vault
from ..records import audit
from ..records.audit import Event
from .target import Rhythm, Target, Way, check
from .webhook import new_secret

TARGETS_MAX = 500  # of one tenant


@dataclass(frozen=True, slots=True)
class Login:
    """What a broker of somebody else's is shown, and by what it is known."""

    password: str = field(default="", repr=False)
    authority_pem: str = ""  # "" = one that this machine knows

    def pack(self) -> str:
        """As it is sealed."""
        return json.dumps(asdict(self))

    @classmethod
    def unpack(cls, packed: bytes) -> "Login":
        """The login that was packed."""
        return cls(**json.loads(packed))


class Targets:
    """Reads and writes of targets."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine, self._vault = engine, vault

    def add(self, target: Target, actor: str, now_ms: int, login: Login | None = None) -> tuple[Target, str]:
        """Keep a target; a webhook gets a secret, which is given back here and never again. Raises DeliveryError.

        login: for a broker that wants one.
        """
        check(target)
        shown = new_secret() if target.way is Way.WEBHOOK else ""
        secret = login.pack() if login is not None else shown
        with writing(self._engine).begin() as connection:
            known = [one for one in _all(connection) if one.tenant == target.tenant]
            if any((one.way, one.address, one.site) == (target.way, target.address, target.site) for one in known):
                raise DeliveryError(f"{target.address} is told already; remove it first to change of what")
            if len(known) >= TARGETS_MAX:
                raise DeliveryError(f"a tenant has at most {TARGETS_MAX} targets; a webhook can tell others on")
            values = {
                "tenant": target.tenant,
                "site": target.site,
                "kind": target.way.value,
                "address": target.address,
                "alerts": target.alerts,
                "report": target.report.value,
                "language": target.language,
                "sealed_secret": self._sealed(secret, target.tenant) if secret else None,
                "made_ms": now_ms,
                "made_by": actor,
            }
            made = connection.execute(insert(schema.targets).values(**values)).inserted_primary_key
            assert made is not None
            kept = Target(**{**_fields(target), "id": made[0]})
            audit.append(connection, Event(actor, "notify", f"target {kept.id}", _says(kept)), now_ms)
        return kept, shown

    def remove(self, number: int, actor: str, now_ms: int) -> Target:
        """Tell somebody no more; their waiting letters go too. Raises DeliveryError."""
        with writing(self._engine).begin() as connection:
            found = _one(connection, number)
            connection.execute(delete(schema.letters).where(schema.letters.c.target_id == number))
            connection.execute(delete(schema.reported).where(schema.reported.c.target_id == number))
            connection.execute(delete(schema.targets).where(schema.targets.c.id == number))
            audit.append(connection, Event(actor, "silence", f"target {number}", _says(found)), now_ms)
        return found

    def all(self) -> list[Target]:
        """Every target, oldest first."""
        with self._engine.begin() as connection:
            return _all(connection)

    def find(self, number: int) -> Target:
        """The target of this number. Raises DeliveryError."""
        with self._engine.begin() as connection:
            return _one(connection, number)

    def secret(self, target: Target) -> str:
        """The secret of a webhook. Raises VaultError."""
        table = schema.targets
        with self._engine.begin() as connection:
            sealed = connection.execute(select(table.c.sealed_secret).where(table.c.id == target.id)).scalar_one()
        return self._vault.open(sealed, _context(target.tenant)).decode()

    def login(self, target: Target) -> Login:
        """What a broker wants to know. Raises VaultError."""
        table = schema.targets
        with self._engine.begin() as connection:
            sealed = connection.execute(select(table.c.sealed_secret).where(table.c.id == target.id)).scalar_one()
        return Login() if sealed is None else Login.unpack(self._vault.open(sealed, _context(target.tenant)))

    def reported(self) -> dict[tuple[int, str], str]:
        """By target and site: the first day of the report that went out last."""
        with self._engine.begin() as connection:
            return {(row.target_id, row.site): row.day for row in connection.execute(select(schema.reported))}

    def note_reported(self, numbers: list[int], site: str, day: str) -> None:
        """A site's report of `day` has gone out to these targets, or has nothing to say."""
        rows = [{"target_id": number, "site": site, "day": day} for number in numbers]
        statement = inserting(self._engine)(schema.reported).values(rows)
        keys = ["target_id", "site"]
        with writing(self._engine).begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"day": day}))

    def _sealed(self, secret: str, tenant: str) -> bytes:
        if not self._vault.there:
            self._vault.make()
        return self._vault.seal(secret.encode(), _context(tenant))


def _all(connection: Connection) -> list[Target]:
    return [_target(row) for row in connection.execute(select(schema.targets).order_by(schema.targets.c.id))]


def _one(connection: Connection, number: int) -> Target:
    row = connection.execute(select(schema.targets).where(schema.targets.c.id == number)).first()
    if row is None:
        raise DeliveryError(f"there is no target {number}; see: footfall collector notify list")
    return _target(row)


def _target(row: Row[tuple[object, ...]]) -> Target:
    return Target(
        row.tenant, row.site, Way(row.kind), row.address, row.alerts, Rhythm(row.report), row.language, row.id
    )


def _fields(target: Target) -> dict[str, object]:
    return {name: getattr(target, name) for name in Target.__dataclass_fields__}


def _says(target: Target) -> str:
    told = [word for word, is_so in (("alerts", target.alerts), (target.report, bool(target.report))) if is_so]
    return f"{target.way} for {target.site or 'all sites'}: {', '.join(told)}"


def _context(tenant: str) -> str:
    return f"webhook {tenant}"
