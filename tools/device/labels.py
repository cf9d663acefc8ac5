"""`footfall device label`: what is stuck on a unit. QR code and text; the claim's first digits, never its secret."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import click
import segno

from footfall_sensor.errors import Malformed
from footfall_sensor.wire.envelope import check_sensor_name

from ..options import last_line_option
from . import pallet
from .errors import DeviceError

DOTS_PER_MM = 8  # of a label printer with 203 dots an inch
WIDTH_MM, HEIGHT_MM = 50, 25
_QR_MM = 21


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label."""

    name: str
    site: str = ""
    unit: str = ""
    claim_id: str = ""

    @property
    def code(self) -> str:
        """What the QR code holds."""
        return f"footfall:{self.name}" + (f"?claim={self.claim_id}" if self.claim_id else "")

    @property
    def lines(self) -> tuple[str, ...]:
        """The text beside it."""
        claim = f"claim {self.claim_id}-..." if self.claim_id else ""
        return tuple(line for line in (self.name, self.site, self.unit, claim) if line)


def as_text(label: Label) -> bytes:
    """For a terminal."""
    drawn = io.StringIO()
    segno.make(label.code, error="m", micro=False).terminal(out=drawn, compact=True)
    return (drawn.getvalue() + "\n".join(label.lines) + "\n").encode()


def as_svg(label: Label) -> bytes:
    """A drawing of 50 x 25 mm."""
    qr = segno.make(label.code, error="m", micro=False)
    module_mm = _QR_MM / qr.symbol_size()[0]
    path = qr.svg_inline(scale=module_mm, omitsize=True)
    text = "".join(
        f'<text x="{_QR_MM + 4}" y="{7 + 5 * number}" font-size="{3.6 if number == 0 else 2.9}" '
        f'font-weight="{700 if number == 0 else 400}" font-family="sans-serif">{escape(line)}</text>'
        for number, line in enumerate(label.lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}"><rect width="{WIDTH_MM}" height="{HEIGHT_MM}" fill="#fff"/>'
        f'<svg x="2" y="2" width="{_QR_MM}" height="{_QR_MM}">{path}</svg>{text}</svg>\n'
    ).encode()


def as_png(label: Label) -> bytes:
    """The drawing in dots, for printers that take pictures."""
    import vl_convert  # noqa: PLC0415 - a library of 50 MB that only who prints needs

    made = vl_convert.svg_to_png(as_svg(label).decode(), scale=2 * DOTS_PER_MM / (96 / 25.4))
    assert isinstance(made, bytes)
    return made


def as_zpl(label: Label) -> bytes:
    """For a Zebra label printer: field data as hexadecimal where a character could be taken for a command."""
    text = "".join(
        f"^FO{(_QR_MM + 4) * DOTS_PER_MM},{(3 + 5 * number) * DOTS_PER_MM}^A0N,{32 if number == 0 else 24}"
        f"^FH^FD{_zpl(line)}^FS"
        for number, line in enumerate(label.lines)
    )
    return (
        f"^XA^CI28^PW{WIDTH_MM * DOTS_PER_MM}^LL{HEIGHT_MM * DOTS_PER_MM}"
        f"^FO{2 * DOTS_PER_MM},{2 * DOTS_PER_MM}^BQN,2,5^FH^FDMA,{_zpl(label.code)}^FS{text}^XZ\n"
    ).encode()


FORMATS: dict[str, Callable[[Label], bytes]] = {"txt": as_text, "svg": as_svg, "png": as_png, "zpl": as_zpl}


def _zpl(text: str) -> str:
    return "".join(letter if letter not in "^~_\\" else f"_{ord(letter):02X}" for letter in text)


@click.command()
@click.argument("name", required=False)
@click.option("--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="A pallet, as for provision.")
@click.option("--site", default="", help="Where it hangs.")
@click.option("--unit", default="", help="Its model.")
@click.option("--claim-id", default="", metavar="DIGITS", help="The first four digits of its claim.")
@click.option("--format", "formats", type=click.Choice(list(FORMATS)), multiple=True, help="Default: txt; repeatable.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for files; else to the terminal.")
@last_line_option
def label(
    name: str | None,
    csv_path: Path | None,
    site: str,
    unit: str,
    claim_id: str,
    formats: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Labels of units: QR code, name, site, model, and the digits that name the claim. No secret is on a label.

    \b
    Examples:
      footfall device label shop-door --site shop
      footfall device label --csv pallet.csv --format zpl --format svg --out labels
    """
    labels = _labels(name, csv_path, site, unit, claim_id)
    chosen = formats or ("txt",)
    written = []
    for one in labels:
        for form in chosen:
            content = FORMATS[form](one)
            if out is not None:
                written.append(str(_written(out / f"{one.name}.{form}", content)))
            elif form == "png":
                raise click.UsageError("a PNG goes into a file: --out FOLDER")
            elif not as_json:
                click.echo(content.decode(), nl=False)
    if as_json:
        rows = [{"name": one.name, "lines": list(one.lines), "code": one.code} for one in labels]
        click.echo(json.dumps({"labels": rows, "files": written}))
    elif written:
        click.echo(f"{len(written)} files in {out}")


def _labels(name: str | None, csv_path: Path | None, site: str, unit: str, claim_id: str) -> list[Label]:
    if csv_path is not None:
        return [Label(one.name, one.site, one.unit, one.claim.id) for one in pallet.read(csv_path)]
    if name is None:
        raise click.UsageError("a NAME for one label, or --csv for a pallet")
    try:
        return [Label(check_sensor_name(name), site, unit, claim_id[:4].upper())]
    except Malformed as exc:
        raise DeviceError(str(exc)) from exc


def _written(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as exc:
        raise DeviceError(f"cannot write {path}: {exc.strerror}; give another place") from exc
    return path
