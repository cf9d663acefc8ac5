"""mosquitto's files below a collector's folder, and who may read them.

Where root starts mosquitto, it becomes another user before it reads anything: that user's group may read what lies in
`broker/`, and nothing else of the collector's.
"""

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

SERVICE_USER = "mosquitto"  # Debian's package makes it
FOLDER_MODE, FILE_MODE = 0o2750, 0o640  # the folder's group is every new file's


@dataclass(frozen=True, slots=True)
class Files:
    """Where everything is, below the collector's folder. Absolute: mosquitto may be started from anywhere."""

    folder: Path

    @property
    def conf(self) -> Path:
        """The configuration, which names the others."""
        return self.folder / "mosquitto.conf"

    @property
    def broker(self) -> Path:
        """The folder of all the others."""
        return self.folder / "broker"

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.broker / "ca.crt"

    @property
    def server_certificate(self) -> Path:
        """The broker's own."""
        return self.broker / "server.crt"

    @property
    def server_key(self) -> Path:
        """Its key."""
        return self.broker / "server.key"

    @property
    def bridge_certificate(self) -> Path:
        """What a bridged broker shows to the one in the middle."""
        return self.broker / "bridge.crt"

    @property
    def bridge_key(self) -> Path:
        """Its key."""
        return self.broker / "bridge.key"

    @property
    def crl(self) -> Path:
        """The list of revoked certificates."""
        return self.broker / "revoked.crl"

    @property
    def acl(self) -> Path:
        """The access list."""
        return self.broker / "acl"

    @property
    def passwords(self) -> Path:
        """Lean units' hashed passwords."""
        return self.broker / "passwords"

    @property
    def pid(self) -> Path:
        """Where mosquitto leaves its process number; in a folder of its own, where it may write."""
        return self.broker / "run" / "mosquitto.pid"

    def prepare(self) -> str:
        """Make the folders for the user whom mosquitto will be, and return that user's name. Raises OSError."""
        user = broker_user(self.folder)
        account = pwd.getpwnam(user)
        if os.geteuid() == 0:
            os.chown(self.folder, -1, account.pw_gid)
            self.folder.chmod(0o710)  # to be passed through, not to be looked into
        for path in (self.broker, self.pid.parent):
            path.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                os.chown(path, account.pw_uid if path == self.pid.parent else -1, account.pw_gid)
            path.chmod(FOLDER_MODE)
        return user

    def write(self, path: Path, content: str) -> bool:
        """Put a file in place whole, and say whether that changed anything. Raises OSError."""
        if path.exists() and path.read_text(encoding="utf-8") == content:
            return False
        partial = path.with_name(path.name + ".new")
        with partial.open("w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            group = self.broker.stat().st_gid
            if os.fstat(file.fileno()).st_gid != group:  # the folder's own files have it from the folder
                os.fchown(file.fileno(), -1, group)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return True


def broker_user(folder: Path) -> str:
    """Whom mosquitto becomes where root starts it: its package's user, where that one can get to the folder."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        account = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return pwd.getpwuid(0).pw_name
    groups = {account.pw_gid, *(group.gr_gid for group in grp.getgrall() if SERVICE_USER in group.gr_mem)}
    passable = all(_may_pass(path, account.pw_uid, groups) for path in folder.absolute().parents)
    return SERVICE_USER if passable else pwd.getpwuid(0).pw_name


def _may_pass(path: Path, uid: int, groups: set[int]) -> bool:
    about = path.stat()
    shift = 6 if about.st_uid == uid else 3 if about.st_gid in groups else 0
    return bool(about.st_mode >> shift & 0o1)
