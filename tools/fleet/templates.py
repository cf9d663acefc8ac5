"""`footfall fleet config template`: options with variables, what they come to on each unit, the variables as CSV."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.configuration import options, sheet, templates, variables
from collector.configuration.editor import Editor
from collector.configuration.layers import Place, Scope
from collector.configuration.templates import Rendered, Template
from collector.folder import Collector

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from . import configured
from .places import chosen, place_options, why_option
from .selecting import selected, selection, selection_options

dry_option = click.option("--dry-run", "dry", is_flag=True, help="Show what each unit would get; change nothing.")
SHOWN = 20


@click.group("template")
def template() -> None:
    """Options with variables, one text for many units.

    \b
      footfall fleet config template set --site mall '$gateway=10.0.7.1'
      footfall fleet config template set --group doors 'broker_host={{gateway}}' --dry-run
      footfall fleet config template render --group doors
    Any layer may hold options with variables, and say with $ in front what variables are; the nearest layer wins.
    {{name}}, {{site}}, {{tenant}} and {{group}} are the unit's own, {{tag:vlan}} is 12 of its tag vlan-12. A variable
    without a value is an error that names the unit. mode, associated and bssid take none.
    """


@template.command("list")
@dir_option
@json_option
def list_templates(folder: Path, as_json: bool) -> None:
    """The layers that hold variables: options that use them, and what they say of them."""
    with spoken():
        found = templates.every(_editor(opened(folder)).store.fleet())
    if as_json:
        click.echo(json.dumps([_said(one) for one in found]))
        return
    for one in found:
        _show(one)
    if not found:
        click.echo("no layer holds a variable yet: footfall fleet config template set --help")


@template.command()
@dir_option
@place_options
@json_option
def show(folder: Path, as_json: bool, **layer: str | None) -> None:
    """One layer's options with variables, and what it says of variables."""
    collector = opened(folder)
    with spoken():
        place = chosen(collector, **layer)
        fleet = _editor(collector).store.fleet()
        found = templates.of_layer(fleet.layer(place)) or Template(place, fleet.layer(place).number, {}, {})
    if as_json:
        click.echo(json.dumps(_said(found)))
        return
    _show(found)


@template.command()
@dir_option
@selection_options
@json_option
def render(folder: Path, as_json: bool, **words: Any) -> None:
    """What units get of options with variables; ends with 1 where a variable of one of them has no value."""
    collector = opened(folder)
    with spoken():
        sensors = [one.sensor for one in selected(collector, selection(words))]
        found = templates.render(_editor(collector).store.fleet(), sensors)
    if as_json:
        click.echo(json.dumps([_rendered(one) for one in found]))
    for one in [] if as_json else found:
        click.echo(f"{one.sensor.name:20} {one.lacks or _words(one.options)}")
    if not found and not as_json:
        click.echo("no layer of these units holds an option with variables")
    if any(one.lacks for one in found):
        raise SystemExit(1)


@template.command("set")
@dir_option
@place_options
@click.argument("words", metavar="OPTION={{NAME}}|$NAME=VALUE...", nargs=-1, required=True)
@why_option
@dry_option
@json_option
def set_values(folder: Path, words: tuple[str, ...], why: str, dry: bool, as_json: bool, **layer: str | None) -> None:
    """Set options and variables of one layer, as `config set` does; `config unset '$NAME'` takes a variable out."""
    collector = opened(folder)
    with spoken():
        place = chosen(collector, **layer)
        made = _editor(collector).set(place, options.parse(words), why, dry)
        configured.done(made, dry, as_json, shown=len(made.plan.affected) if dry else SHOWN)


@template.command("export")
@dir_option
@click.option("--tenant", help="Of this tenant's layers only.")
def export_variables(folder: Path, tenant: str | None) -> None:
    """The variables as CSV: scope, tenant, name, and a column a variable; every sensor has its line."""
    with spoken():
        fleet = _editor(opened(folder)).store.fleet()
    places = [place for place, layer in fleet.layers.items() if any(map(variables.is_variable, layer.options))]
    places += [Place(Scope.SENSOR, one.tenant, one.name) for one in fleet.sensors]
    order = list(Scope)
    wanted = [one for one in dict.fromkeys(places) if tenant in (None, one.tenant)]
    wanted.sort(key=lambda one: (order.index(one.scope), one.tenant, one.name))
    click.echo(sheet.write(fleet.layers, wanted), nl=False)


@template.command("import")
@dir_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@why_option
@dry_option
@json_option
def import_variables(folder: Path, file: Path, why: str, dry: bool, as_json: bool) -> None:
    """Take variables from FILE, as export writes it: all lines or none. An empty cell takes a variable out."""
    with spoken():
        wanted = sheet.read(file.read_bytes())
        affected, layers = _editor(opened(folder)).set_variables(wanted, why, dry)
    if as_json:
        said = {"written": bool(layers) and not dry, "layers": layers}
        click.echo(json.dumps({**said, "sensors": {one.sensor: one.options for one in affected}}))
        return
    configured.affected(affected, len(affected) if dry else SHOWN)
    click.echo(f"{layers} layers {'would change; nothing did' if dry else 'changed'}")


def _said(one: Template) -> dict[str, object]:
    return {**asdict(one), "place": str(one.place), "uses": one.uses}


def _show(one: Template) -> None:
    click.echo(f"{one.place}, change {one.number}")
    for name, value in sorted({**one.options, **one.variables}.items()):
        click.echo(f"  {name} = {value}")


def _rendered(one: Rendered) -> dict[str, object]:
    return {"sensor": one.sensor.name, "options": one.options, "lacks": one.lacks}


def _words(values: dict[str, str]) -> str:
    return " ".join(f"{name}={value!r}" if " " in value else f"{name}={value}" for name, value in values.items())


def _editor(collector: Collector) -> Editor:
    return Editor(collector.registry, actor(), clock.now_ms)
