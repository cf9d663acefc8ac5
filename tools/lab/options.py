"""What every lab is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def folder_option(lab: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--dir: where a lab keeps what it fetches and makes; the command gets it as `folder`."""
    return click.option(
        "--dir", "folder", type=click.Path(path_type=Path), default=Path(f"build/lab-{lab}"), show_default=True
    )
