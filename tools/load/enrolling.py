"""Many sensors at once in a collector's registry, each with its keys and a certificate of the collector's authority.

This is not enrolment (tools.lab.pallet plays that): rows are written and certificates signed here, which takes a
millisecond a sensor. The keys are of the kind that a unit has: Ed25519, for batches and for TLS.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import insert

from collector import folder as folders
from collector import schema
from collector.brokering import identities
from collector.database import writing
from collector.keys.authority import Authority
from collector.keys.issued import Issued
from collector.records.registry import Site, Tenant
from collector.records.standing import Standing
from footfall_sensor import keys, signing, tls

A_SITE = 10  # sensors
NAME = "{prefix}-{number:05d}"


@dataclass(frozen=True, slots=True)
class Member:
    """A registered sensor: its keys, and paths of its certificate and TLS key."""

    name: str
    secret: keys.SecretKey
    certificate: str
    tls_key: str


def enrol(home: Path, into: Path, count: int, prefix: str, tenant: str = "default") -> list[Member]:
    """Register so many, ten a site, approved. home: the collector's folder; into: for certificates and keys.

    Raises AuthorityError where the collector has no authority.
    """
    backend, authority = signing.backend(), Authority.open(identities.authority_folder(home))
    into.mkdir(parents=True, exist_ok=True)
    members, issued, now_ms = [], [], time.time_ns() // 1_000_000
    for number in range(count):
        name, secret = NAME.format(prefix=prefix, number=number), backend.generate()
        made = authority.issue_sensor(secret.public_raw, f"{tenant}/{name}", now_ms)
        certificate, key = into / f"{name}.crt", into / f"{name}.key"
        certificate.write_text(made.pem)
        key.write_bytes(tls.private_key_pem(secret.seed))
        issued.append(Issued(made.serial_hex, f"{tenant}/{name}", made.not_before_ms, made.not_after_ms, None))
        members.append(Member(name, secret, str(certificate), str(key)))
    _register(home, tenant, prefix, members, issued)
    return members


def _register(home: Path, tenant: str, prefix: str, members: Sequence[Member], issued: Sequence[Issued]) -> None:
    opened = folders.open_folder(home)
    try:
        if tenant not in {one.name for one in opened.registry.tenants()}:
            opened.registry.put_tenant(Tenant(tenant))
        rows = [
            {
                "tenant": tenant,
                "name": member.name,
                "site": f"{prefix}-site-{number // A_SITE:03d}",
                "key_id": member.secret.id,
                "public_key": member.secret.public_raw,
                "state": Standing.APPROVED,
                "says": "",
                "group_name": "",
                "changed_ms": 0,
            }
            for number, member in enumerate(members)
        ]
        for site in sorted({str(row["site"]) for row in rows}):
            opened.registry.put_site(Site(tenant, site))
        with writing(opened.registry.engine).begin() as connection:
            connection.execute(insert(schema.sensors), rows)
            connection.execute(insert(schema.certificates), [asdict(one) for one in issued])
    finally:
        opened.close()
