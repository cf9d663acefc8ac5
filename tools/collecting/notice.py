"""`footfall collector notice`, `notice-set` and `claims`: the sign at the door, and what proves it."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.notice import claims as registers
from collector.notice import facts, pdf, sign
from collector.notice.details import EVERYWHERE, FIELDS, Notices

from ..errors import ToolError
from .options import actor, dir_option, json_option, opened, spoken, tenant_option


@click.command()
@dir_option
@tenant_option
@click.argument("site")
@click.option("--out", type=click.Path(path_type=Path), default=Path("notice.html"), show_default=True, help="HTML.")
@click.option("--pdf", "pdf_file", type=click.Path(path_type=Path), help="Also as PDF, A4, a page a language.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(registers.LANGUAGES),
    multiple=True,
    default=registers.LANGUAGES,
    show_default=True,
    help="May be given again.",
)
def notice(folder: Path, tenant: str, site: str, out: Path, pdf_file: Path | None, languages: tuple[str, ...]) -> None:
    """Write the notice that hangs at the door of SITE, from what is set now.

    Nothing stands on it that no test proves: see footfall collector notice-claims. Hang it up anew when settings
    change. Exit code 1 where something is missing that it must say; it is written all the same, and says on top not to
    hang it up.
    """
    collector = opened(folder)
    with spoken():
        found = facts.gather(
            collector.settings,
            collector.registry.tenant(tenant),
            collector.registry.site(tenant, site),
            Notices(collector.registry.engine).of(tenant, site),
            clock.now_ms(),
        )
        html = sign.render(found, languages)
        _write(out, html.encode())
        if pdf_file is not None:
            _write(pdf_file, pdf.render(html))
    if found.missing:
        raise ToolError(
            f"not complete, do not hang it up; missing: {', '.join(found.missing)}. Set it with: footfall collector "
            "notice-set"
        )
    click.echo(f"written: {out}{f' and {pdf_file}' if pdf_file else ''}")


@click.command("notice-set")
@dir_option
@tenant_option
@click.option("--site", default=EVERYWHERE, help="Only there; default: at all sites that say nothing else.")
@click.option("--controller", help=f"{FIELDS['controller'].capitalize()}.")
@click.option("--contact", help=f"{FIELDS['contact'].capitalize()}.")
@click.option("--purpose", "purposes", multiple=True, help="What the numbers are for; give each, advertising included.")
@click.option("--retention", help=f"{FIELDS['retention'].capitalize()}.")
@click.option("--dpo", help=f"{FIELDS['dpo'].capitalize()}.")
@click.option("--objection-url", help=f"{FIELDS['objection_url'].capitalize()}; becomes a QR code.")
@click.option("--place", help=f"{FIELDS['place'].capitalize()}.")
def notice_set(folder: Path, tenant: str, site: str, purposes: tuple[str, ...], **said: str | None) -> None:
    """Set what a notice says of the responsible body. Only what is named changes; "" clears a field."""
    change = {name: text.strip() for name, text in said.items() if text is not None}
    if purposes:
        change["purposes"] = "\n".join(purpose.strip() for purpose in purposes)
    if not change:
        raise click.UsageError("nothing to set; see --help")
    collector = opened(folder)
    with spoken():
        collector.registry.tenant(tenant)
        if site:
            collector.registry.site(tenant, site)
        Notices(collector.registry.engine).put(tenant, site, change, actor(), clock.now_ms())
    click.echo(f"set: {', '.join(sorted(change))}")


@click.command("notice-claims")
@json_option
def claims(as_json: bool) -> None:
    """Every sentence that a notice may hold with the tests that prove it, and what is not true yet and not said."""
    register = registers.register()
    if as_json:
        click.echo(
            json.dumps({"claims": [asdict(one) for one in register.claims], "open": [*map(asdict, register.open)]})
        )
        return
    for claim in register.claims:
        click.echo(f"{claim.id} ({claim.when}): {claim.text['en']}")
        for test in claim.tests:
            click.echo(f"    {test}")
    for one in register.open:
        click.echo(f"not said: {one.says}; waits for {one.waits_for}")


def _write(path: Path, raw: bytes) -> None:
    try:
        path.write_bytes(raw)
    except OSError as exc:
        raise ToolError(f"{path} cannot be written: {exc.strerror}; give another place") from exc
