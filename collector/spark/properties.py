"""Spark's properties file in a collector's folder: the secret without which no process joins the cluster.

A standalone master takes work from whoever reaches it, and runs it. So its processes share a secret, and speak
encrypted (docs/spark.md).
"""

import os
import secrets
from pathlib import Path

from ..errors import QueryError

SECRET_BYTES = 32
SECRET = "spark.authenticate.secret"  # noqa: S105 - its name
HEAD = "# What the processes of this collector's Spark cluster share. Whoever reads it can compute on it.\n"


def made(path: Path) -> Path:
    """The file, made with a new secret where it is not there. Raises QueryError."""
    try:
        with open(path, "x", encoding="ascii", opener=_for_us_alone) as file:
            file.write(_text(secrets.token_hex(SECRET_BYTES)))
    except FileExistsError:
        pass
    except OSError as exc:
        raise QueryError(f"{path} cannot be made: {exc.strerror}. Look at who owns the folder") from exc
    return path


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _text(secret: str) -> str:
    said = {
        "spark.authenticate": "true",
        SECRET: secret,
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.authEngineVersion": "2",
        "spark.network.crypto.saslFallback": "false",
        "spark.master.rest.enabled": "false",
    }
    return HEAD + "".join(f"{name} {value}\n" for name, value in said.items())


def read(path: Path | None) -> dict[str, str]:
    """The properties; none where there is no file. Raises QueryError where it cannot be read."""
    if path is None or not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise QueryError(f"{path} cannot be read: {exc}. Give it back to its owner, or mend it") from exc
    words = [line.split(maxsplit=1) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if wrong := [one[0] for one in words if len(one) != 2]:
        raise QueryError(f"{path}: '{wrong[0]}' has no value. A name, a space and a value in each line are wanted")
    return {name: value.strip() for name, value in words}
