"""`footfall collector site train`: a site's own judgement of who is a visitor."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.classifying.model import Classifier
from collector.classifying.training import Trained
from collector.classifying.training import train as trained
from collector.premises import walks
from collector.records.sites import Change, Sites
from collector.stays import fold, labels

from .options import actor, dir_option, json_option, opened, spoken, tenant_option


@click.command()
@dir_option
@tenant_option
@json_option
@click.argument("name")
@click.option(
    "--labels",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with the columns from, to, place (inside or outside) and, if several were carried, phones.",
)
@click.option("--apply", "apply_", is_flag=True, help="Tell visitors by it from now on, if it is better than the rule.")
@click.option("--forget", is_flag=True, help="Back to the rule.")
def train(folder: Path, tenant: str, as_json: bool, name: str, path: Path | None, apply_: bool, forget: bool) -> None:
    """Train the site NAME to tell visitors from passers-by, better than by the time inside alone.

    Carry one or more phones that keep their address past the place and into it, as people do, and write a line for each
    time: from when the phones came into range until they had left it, and whether they were inside. Stay out of range,
    or switch Wi-Fi off, for longer than the site's gap (a quarter of an hour) between two lines; five phones make
    thirty stays of six lines. Half of the lines of a day are heard, three at the least, or the phones are not found.

    A logistic regression and a tree of two questions are compared with the rule, by cross-validation over lines. The
    better one is proposed if it beats the rule beyond its error; else the rule stays. It is kept as numbers, and holds
    for every day whose tokens are still there and for what comes. Without --labels: shows what holds now.

    \b
    Example:
      footfall collector site train shop --dir /var/lib/footfall --labels walks.csv
      footfall collector site train shop --dir /var/lib/footfall --labels walks.csv --apply
    """
    if forget and (path or apply_):
        raise click.UsageError("--forget goes alone")
    if apply_ and path is None:
        raise click.UsageError("--apply needs --labels FILE: what is to be learnt from?")
    with spoken():
        collector = opened(folder)
        site = collector.registry.site(tenant, name)
        book, now = Sites(collector.registry), clock.now_ms()
        if forget:
            book.change(tenant, name, Change(classifier=""), "back to the rule", actor(), now)
        if path is None:
            _show_now("" if forget else site.classifier, site.visit_min_s, as_json)
            return
        owner = collector.registry.tenant(tenant)
        fold.refresh(collector.store, owner, collector.registry.sites(tenant), now)
        found = labels.find(collector.store, owner, site, walks.read(path, site))
        result = trained(found.examples)
        applied = apply_ and result.classifier is not None
        if applied and result.classifier is not None:
            book.change(tenant, name, Change(classifier=result.classifier.to_json()), result.says, actor(), now)
    if as_json:
        candidates = [asdict(one) | {"beats": one.beats} for one in result.candidates]
        said = asdict(result) | {"candidates": candidates, "applied": applied}
        click.echo(json.dumps(said | {"lines": found.lines, "lines_heard": found.lines_heard}))
        return
    click.echo(f"{found.lines_heard} of {found.lines} lines were heard")
    _show(result, applied)


def _show_now(classifier: str, visit_min_s: int, as_json: bool) -> None:
    says = Classifier.from_json(classifier).says() if classifier else f"the rule: inside for {visit_min_s} s or more"
    click.echo(
        json.dumps({"classifier": json.loads(classifier) if classifier else None, "says": says}) if as_json else says
    )


def _show(result: Trained, applied: bool) -> None:
    click.echo(f"{result.visitors} stays inside, {result.passers_by} outside")
    if result.rule_right is not None:
        click.echo(f"{'':10}{'right':>8}  {'better than the rule by':>24}")
        click.echo(f"{'rule':10}{result.rule_right:>8.1%}")
    for one in result.candidates:
        click.echo(f"{one.kind:10}{one.right:>8.1%}  {100 * one.better:>+10.1f} +- {100 * one.better_sd:.1f} points")
        click.echo(f"          {one.says}")
    click.echo(result.says)
    if result.classifier is not None:
        click.echo("it holds from now on" if applied else "--apply makes it hold")
