"""`footfall device flash`: a unit is written, the way that it takes."""

import json
from pathlib import Path

import click

from ...options import last_line_option
from .. import images
from ..checking import Checked
from ..options import Reach, sha256_option, unit_options
from ..reachable import UnitAddress
from . import server
from .order import Order, Result, carry_out, go_on, look, unfinished

STATE = Path("footfall-units")


@click.command()
@click.argument("image_path", metavar="IMAGE", type=click.Path(path_type=Path))
@click.option(
    "--address", type=UnitAddress(), default="", help="Of the unit; default: where units answer as they come."
)
@click.option("--label", help='What the label says, for a unit that does not tell: "CPE210(EU) Ver: 3.20".')
@sha256_option
@click.option(
    "--after", type=UnitAddress(), multiple=True, metavar="ADDRESS", help="Where it may answer afterwards; repeatable."
)
@click.option("--keep", is_flag=True, help="Keep the settings of a unit that runs OpenWrt.")
@click.option("--from-box", is_flag=True, help="A stock unit as it comes: --password becomes its password.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=STATE,
    show_default=True,
    help="Folder for notes, by which a run that was killed goes on.",
)
@click.option("--expect", default="", help="The release or revision that must run then; sysupgrade images tell.")
@click.option("--restart", is_flag=True, help="Forget those notes and begin anew.")
@click.option("--listen", default="", help="This computer's address for a boot loader; default: what it asks.")
@click.option("--tftp-port", type=click.IntRange(1, 65535), default=server.PORT, show_default=True)
@unit_options
@click.option("--dry-run", is_flag=True, help="Look, judge and print the steps; write nothing.")
@last_line_option
@click.pass_context
def flash(
    context: click.Context,
    image_path: Path,
    address: str,
    label: str | None,
    sha256: str | None,
    after: tuple[str, ...],
    keep: bool,
    from_box: bool,
    state: Path,
    expect: str,
    restart: bool,
    listen: str,
    tftp_port: int,
    reach: Reach,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write an image onto a unit, the way that this unit takes it.

    First comes everything of `footfall device check`: what speaks against it ends the run before anything is written.
    Units with OpenWrt take a sysupgrade image over SSH; EAPs with stock firmware a factory image at their page, after
    `cliclientd stopcs` over SSH; CPEs and WBSs a factory image that their boot loader fetches by TFTP (--label, no
    --address; this computer needs the address 192.168.0.100).

    It ends well only when the unit has restarted and says itself what runs there. A run that was killed goes on where
    it was. Nothing needs a network but that to the unit.

    \b
    Examples:
      footfall device flash sysupgrade.bin --address 192.168.1.1
      footfall device flash factory.bin --address 192.168.0.254 --user admin --from-box
      sudo footfall device flash factory.bin --label "CPE210(EU) Ver: 3.20"
    """
    order = Order(
        image=images.read(image_path, sha256),
        login=reach.login(address),
        state=state,
        label=label,
        after=after,
        keep=keep,
        from_box=from_box,
        restart=restart,
        expect=expect,
        listen=listen,
        http_port=reach.http_port,
        tftp_port=tftp_port,
    )
    context.exit(0 if _done(order, dry_run=dry_run, as_json=as_json) else 1)


def _done(order: Order, *, dry_run: bool, as_json: bool) -> bool:
    """Carry the order out, or go on with it; whether nothing spoke against it."""

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    journal = None if dry_run or order.restart else unfinished(order)
    if journal is not None:
        say(f"{journal.unit} was written before: only its return is waited for; --restart begins anew")
        _say_result(go_on(order, journal, say), as_json)
        return True
    checked = look(order)
    if dry_run or not checked.judged.ok:
        _say_plan(checked, as_json)
        return checked.judged.ok
    _say_result(carry_out(order, checked, say), as_json)
    return True


def _say_plan(checked: Checked, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**checked.as_json(), "flashed": False}))
        return
    click.echo("\n".join(checked.lines()))
    method = checked.judged.method
    for number, step in enumerate(method.steps if method and checked.judged.ok else (), 1):
        click.echo(f"step {number}     {step}")
    click.echo("Nothing was written.")


def _say_result(result: Result, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.as_json()))
        return
    running = result.running
    agent = f"footfall-sensor {running.sensor_version}" if running.sensor_version else "no footfall-sensor"
    click.echo(
        f"{running.board} at {running.address} runs OpenWrt {running.revision or ''}, {agent}. It may be unplugged."
    )
