"""`footfall device recover`: the card for a unit that does not start, and the server that its boot loader asks."""

import html
import json
from pathlib import Path

import click

from ...options import last_line_option
from .. import images, units
from ..errors import DeviceError
from ..units import Method, Unit
from . import server, tftp
from .server import RecoveryServer


def card(unit: Unit, method: Method) -> list[tuple[str, str]]:
    """The card of a unit: label and text, a line each."""
    rows = [("unit", unit.name), ("way", method.title)]
    if method.file:
        rows.append(("file", f"{method.file} (the {method.image} image, under this name)"))
    if method.server_address:
        rows.append(("this computer", f"{method.server_address}/24"))
    if method.unit_address:
        rows.append(("unit's address", method.unit_address))
    if method.button_s:
        hold = " to ".join(str(second) for second in method.button_s)
        rows.append(("button", f"hold reset, switch the power on, let go after {hold} s"))
    rows += [(f"step {number}", step) for number, step in enumerate(method.steps, 1)]
    if method.by_hand:
        rows.append(("by hand", method.by_hand))
    if unit.mac_at is not None:
        rows.append(("label's address", f"in flash at 0x{unit.mac_at:x}; write nothing there"))
    rows += [("watch out", trap) for trap in (*unit.traps, *((unit.note,) if unit.note else ()))]
    return rows


def as_html(unit: Unit, rows: list[tuple[str, str]]) -> str:
    """The card on a sheet to be printed."""
    body = "".join(f"<tr><th>{html.escape(name)}<td>{html.escape(text)}" for name, text in rows)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Recovery: {html.escape(unit.name)}</title>'
        "<style>body{font:12pt sans-serif;margin:15mm}th{text-align:left;vertical-align:top;padding:1mm 6mm 1mm 0}"
        "td{padding:1mm 0}@page{size:A5 landscape}</style>"
        f"<h1>Recovery: {html.escape(unit.name)}</h1><table>{body}</table></html>\n"
    )


@click.command()
@click.option("--unit", "name", required=True, help="As on its label: CPE210-v3.")
@click.option("--image", "image_path", type=click.Path(path_type=Path), help="Serve this image to its boot loader.")
@click.option(
    "--html", "html_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the card for a printer."
)
@click.option("--listen", default="", help="This computer's address; default: that of the card.")
@click.option("--tftp-port", type=click.IntRange(1, 65535), default=server.PORT, show_default=True)
@click.option(
    "--wait",
    "wait_s",
    type=click.IntRange(1, 86400),
    default=tftp.REQUEST_S,
    show_default=True,
    help="Seconds to wait for its request.",
)
@last_line_option
def recover(
    name: str, image_path: Path | None, html_path: Path | None, listen: str, tftp_port: int, wait_s: int, as_json: bool
) -> None:
    """Print how a unit that does not start is brought back; with --image serve it what it asks for.

    \b
    Examples:
      footfall device recover --unit CPE210-v3 --html card.html
      sudo footfall device recover --unit CPE210-v3 --image factory.bin
    """
    try:
        unit = units.find(name)
    except units.UnknownUnit as exc:
        raise click.BadParameter(exc.message, param_hint="--unit") from exc
    method = units.methods()[unit.recovery]
    rows = card(unit, method)
    if html_path is not None:
        try:
            html_path.write_text(as_html(unit, rows), encoding="utf-8")
        except OSError as exc:
            raise DeviceError(f"cannot write {html_path}: {exc.strerror}; give another place") from exc
    if not as_json:
        click.echo("\n".join(f"{label:16} {text}" for label, text in rows))
    served = False
    if image_path is not None:
        _serve(method, image_path, listen or method.server_address, tftp_port, wait_s)
        served = True
    if as_json:
        click.echo(json.dumps({"unit": unit.name, "method": method.name, "card": rows, "served": served}))


def _serve(method: Method, path: Path, address: str, port: int, wait_s: int) -> None:
    if not method.file:
        raise DeviceError("this unit's boot loader asks nobody for an image: the card says what to do")
    # A serial console loads a system into memory; no format says what is in it, so it goes out as it is.
    content = images.read(path).content if method.image == "factory" else _raw(path)
    hold = " to ".join(str(second) for second in method.button_s) or "-"
    with RecoveryServer(method.file, content, address, port) as serving:
        click.echo(f"serving {method.file} at {address}; Ctrl-C ends it", err=True)
        tftp.deliver(serving, len(content), lambda _: None, lambda line: click.echo(line, err=True), hold, wait_s)
        click.echo(f"{serving.peer} has it: {len(content):,} bytes. Leave the unit under power for 3 minutes", err=True)


def _raw(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise DeviceError(f"{path} cannot be read: {exc.strerror}; is it the file that is meant?") from exc
