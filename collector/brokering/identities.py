"""What the collector's processes show to the broker: certificates of the authority in the folder."""

from pathlib import Path

from ..ingest.address import BrokerAddress, Identity
from ..keys.authority import CERTIFICATE_NAME, Authority
from ..keys.issued import Certificates
from ..options.settings import Settings
from ..records.registry import Registry


def authority_folder(folder: Path) -> Path:
    """Where the authority lies."""
    return folder / "authority"


def of_ingest(folder: Path, worker: int = 0) -> Identity:
    """The certificate of the collector, or of a worker of it, and whose broker it takes."""
    base = authority_folder(folder)
    name = f"worker-{worker}" if worker else "collector"
    return Identity(base / CERTIFICATE_NAME, base / f"{name}.crt", base / f"{name}.key")


def of_alerts(folder: Path) -> Identity:
    """The certificate of what publishes alerts."""
    base = authority_folder(folder)
    return Identity(base / CERTIFICATE_NAME, base / "alerts.crt", base / "alerts.key")


def renew(folder: Path, reached: BrokerAddress, worker: int) -> None:
    """Show a worker's certificate, as it is now, at its next connection. Raises BrokerError."""
    if reached.context is not None:
        of_ingest(folder, worker).load(reached.context)


def certificates(folder: Path, chosen: Settings, registry: Registry) -> Certificates | None:
    """What issues certificates to sensors; None where there is no authority (yet). Raises AuthorityError."""
    base = authority_folder(folder)
    if not chosen.broker_tls or not base.exists():
        return None
    return Certificates(registry.engine, Authority.open(base))
