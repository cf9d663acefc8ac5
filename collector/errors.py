"""What can go wrong in a collector: each error is a sentence that says what to do next."""

import os

CREDENTIALS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
CREDENTIAL_CHARS_MIN = 4  # of a shorter one every message is full


class CollectorError(Exception):
    """Root of every error the collector raises on purpose."""


class SettingsError(CollectorError):
    """A setting is missing or out of range."""


class DatabaseError(CollectorError):
    """The registry cannot be opened, or is of another version than this program."""


class StoreError(CollectorError):
    """A commit could not be made durable; nothing was acknowledged and the same batches can be tried again."""


class VaultError(CollectorError):
    """The key of what is sealed is not there, or is another one."""


class BrokerError(CollectorError):
    """The MQTT broker cannot be reached or refuses us."""


class BusyError(CollectorError):
    """What is asked for is not made yet; it will be."""


class QueryError(CollectorError):
    """A question about a site or time that is not there."""


class BackupError(CollectorError):
    """A backup cannot be made, is damaged, or cannot be restored there."""


class DeliveryError(CollectorError):
    """Something could not be delivered, or not to such an address."""


class AuthorityError(CollectorError):
    """Footfall's own certificate authority cannot be made or read, or will not sign."""


def scrubbed(text: str) -> str:
    """What another program's message says, on one line and without any credential of this process."""
    for name in CREDENTIALS:
        secret = os.environ.get(name, "")
        if len(secret) >= CREDENTIAL_CHARS_MIN:
            text = text.replace(secret, "***")
    return " ".join(text.split()).rstrip(".")
