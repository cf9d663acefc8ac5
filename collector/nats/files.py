"""The nodes' files below a collector's folder: all in `nats/`, which is copied to each node's machine as it is."""

import hmac
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from ..errors import BrokerError
from ..mosquitto import files as of_a_broker

FOLDER = "nats"


@dataclass(frozen=True, slots=True)
class Files(of_a_broker.Files):
    """Where everything is. What mosquitto has too has the same name, in another folder."""

    @property
    def broker(self) -> Path:
        """The folder of all of them."""
        return self.folder / FOLDER

    @property
    def acl(self) -> Path:
        """Users with their permissions, and how batches are divided; each node's configuration includes it."""
        return self.broker / "account.conf"

    @property
    def joint_certificate(self) -> Path:
        """What nodes show to each other, and the only thing that they take from each other."""
        return self.broker / "nodes.crt"

    @property
    def joint_key(self) -> Path:
        """Its key."""
        return self.broker / "nodes.key"

    def node(self, number: int) -> Path:
        """The configuration of a node, from 1."""
        return self.broker / f"node-{number}.conf"

    def node_pid(self, number: int) -> Path:
        """Where a node leaves its process number."""
        return self.broker / "run" / f"node-{number}.pid"

    def client_id(self, user: str) -> str:
        """A client id that cannot be guessed: NATS lets anybody connect under any, and cuts off who has it already.

        Raises BrokerError.
        """
        try:
            end = hmac.digest(self.joint_key.read_bytes(), user.encode(), "sha256")[:8].hex()
        except OSError as exc:
            raise BrokerError(
                f"{self.joint_key} cannot be read: {exc.strerror}. Restore a backup, or make the nodes' files anew"
            ) from exc
        return f"{user}-{end}"

    def prepare(self) -> str:
        """Make the folders. The nodes run as who made the folder; returns that user's name. Raises OSError."""
        for path in (self.broker, self.broker / "run"):
            path.mkdir(mode=0o700, exist_ok=True)
        return pwd.getpwuid(os.geteuid()).pw_name
