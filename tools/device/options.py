"""Options that the technician's commands share: where a unit is and who logs in there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .shell import Login

KEY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def unit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--user, --password, --key and the ports."""
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
        command = option(command)
    return command


def login(address: str, user: str | None, password: str, key: Path | None, port: int) -> Login:
    """The login that the options say."""
    return Login(address, user or "root", password, port, (str(key),) if key else ())
