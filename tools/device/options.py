"""Options that the technician's commands share: where a unit is and who logs in there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .shell import Login

KEY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

sha256_option = click.option("--sha256", help="What the image's checksum must be.")


@dataclass(frozen=True, slots=True)
class Reach:
    """How a unit is reached, wherever it answers."""

    user: str | None
    password: str
    key: Path | None
    ssh_port: int
    http_port: int

    def login(self, address: str) -> Login:
        """The login of the unit at this address; an empty one is not known yet."""
        keys = (str(self.key),) if self.key else ()
        return Login(address, self.user or "root", self.password, self.ssh_port, keys)


def unit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--user, --password, --key and the ports; the command gets them as `reach`."""

    @wraps(command)
    def reaching(
        *said: Any, user: str | None, password: str, key: Path | None, ssh_port: int, http_port: int, **words: Any
    ) -> Any:
        return command(*said, reach=Reach(user, password, key, ssh_port, http_port), **words)

    made: Callable[..., Any] = reaching
    for option in reversed(
        (
            click.option("--user", help="Who logs in there: root for OpenWrt, or the stock page's user."),
            click.option(
                "--password",
                default="",
                envvar="FOOTFALL_UNIT_PASSWORD",
                help="Better in the environment, as FOOTFALL_UNIT_PASSWORD: others see a command's words.",
            ),
            click.option("--key", type=KEY_FILE, help="A private key for SSH."),
            click.option("--ssh-port", type=click.IntRange(1, 65535), default=22, show_default=True),
            click.option("--http-port", type=click.IntRange(1, 65535), default=80, show_default=True),
        )
    ):
        made = option(made)
    return made
