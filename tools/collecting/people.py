"""`footfall collector user`: who may use the page and the API, and what each may do and see."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from collector import clock
from collector.people.book import People
from collector.people.tokens import DAYS_MAX, Token, Tokens
from collector.people.user import EVERYWHERE, NOWHERE, Right, Role, Sites, User

from .. import instants
from .options import actor, dir_option, json_option, opened, spoken

site_option = click.option(
    "--site", "sites", multiple=True, metavar="TENANT/SITE", help="May see it; TENANT/* all of a tenant; repeatable."
)
role_choice = click.Choice([role.value for role in Role])
scope_choice = click.Choice([right.value for right in Right])


def _people(folder: Path) -> People:
    return People(opened(folder).registry.engine)


@click.group("user")
def user() -> None:
    """Users of the page and the API, with roles, sites and tokens.

    \b
      footfall collector user add ada --role analyst --site default/shop --dir DIR      prints a one-time password
      footfall collector user password ada --dir DIR                                    another one; sessions end
      footfall collector user token add ada "nightly export" --scope read:report --dir DIR
    What each role may do: docs/people.md. Changes hold from the next request on, and are in the audit log.
    """


@user.command()
@dir_option
@json_option
@click.argument("name")
@click.option(
    "--role",
    type=role_choice,
    required=True,
    help="analyst: reads numbers, as shop managers do; technician: sensors; administrator: both, and people; operator: "
    "the collector, no numbers.",
)
@site_option
def add(folder: Path, as_json: bool, name: str, role: str, sites: tuple[str, ...]) -> None:
    """Add user NAME; prints a password for the first sign-in, good for a day.

    Without --site, administrators and operators see all sites, and others none.
    """
    with spoken():
        usual = EVERYWHERE if role in (Role.ADMINISTRATOR, Role.OPERATOR) else NOWHERE
        seen = Sites.of_words(sites) if sites else usual
        password = _people(folder).add(name, Role(role), seen, actor(), clock.now_ms())
    _print_password(name, password, as_json)
    if seen == NOWHERE:
        click.echo(f"{name} sees no site yet: footfall collector user sites {name} --site TENANT/SITE", err=True)


@user.command("list")
@dir_option
@json_option
def list_users(folder: Path, as_json: bool) -> None:
    """Everybody, with role and sites."""
    with spoken():
        found = _people(folder).all()
    if as_json:
        click.echo(json.dumps([said(one) for one in found]))
        return
    for one in found:
        state = "disabled" if one.disabled else "has a one-time password" if one.must_change else ""
        click.echo(f"{one.name:32} {one.role:14} {' '.join(one.sites.words()) or 'no sites'}  {state}".rstrip())
    if not found:
        click.echo("nobody yet: the first start of footfall collector serve makes an administrator")


@user.command()
@dir_option
@json_option
@click.argument("name")
def password(folder: Path, as_json: bool, name: str) -> None:
    """Give NAME a new password for one sign-in, good for a day; sessions end at once."""
    with spoken():
        new = _people(folder).reset(name, actor(), clock.now_ms())
    _print_password(name, new, as_json)


@user.command("role")
@dir_option
@click.argument("name")
@click.argument("role", type=role_choice)
def set_role(folder: Path, name: str, role: str) -> None:
    """Make NAME another ROLE."""
    with spoken():
        _people(folder).give_role(name, Role(role), actor(), clock.now_ms())
    click.echo(f"{name} is {role} now")


@user.command("sites")
@dir_option
@click.argument("name")
@site_option
@click.option("--all", "everywhere", is_flag=True, help="All sites of all tenants, those to come too.")
@click.option("--none", "nowhere", is_flag=True, help="No site.")
def set_sites(folder: Path, name: str, sites: tuple[str, ...], everywhere: bool, nowhere: bool) -> None:
    """Let NAME see these sites, and no others."""
    if bool(sites) + everywhere + nowhere != 1:
        raise click.UsageError("one of --site, --all and --none is wanted")
    with spoken():
        seen = EVERYWHERE if everywhere else Sites.of_words(sites)
        _people(folder).give_sites(name, seen, actor(), clock.now_ms())
    click.echo(f"{name} sees {' '.join(seen.words()) or 'no site'} now")


@user.command()
@dir_option
@click.argument("name")
def disable(folder: Path, name: str) -> None:
    """Shut NAME out at once: sessions end, tokens open nothing."""
    with spoken():
        _people(folder).disable(name, True, actor(), clock.now_ms())
    click.echo(f"{name} is shut out")


@user.command()
@dir_option
@click.argument("name")
def enable(folder: Path, name: str) -> None:
    """Let NAME in again, with the password of before."""
    with spoken():
        _people(folder).disable(name, False, actor(), clock.now_ms())
    click.echo(f"{name} may sign in again")


@user.group("token")
def token() -> None:
    """API tokens of users: sent as `Authorization: Bearer ff_...`, never able to do more than their owner."""


@token.command("add")
@dir_option
@json_option
@click.argument("name")
@click.argument("label")
@click.option(
    "--scope",
    "scopes",
    type=scope_choice,
    multiple=True,
    required=True,
    help="Repeatable.",
)
@site_option
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=90, show_default=True, help="Ends after so many.")
def add_token(
    folder: Path, as_json: bool, name: str, label: str, scopes: tuple[str, ...], sites: tuple[str, ...], days: int
) -> None:
    """Make a token of user NAME; LABEL says what it is for. It is printed once.

    Without --site it sees what NAME sees.
    """
    with spoken():
        limited = Sites.of_words(sites) if sites else None
        tokens = Tokens(opened(folder).registry.engine)
        kept, secret = tokens.add(name, label, scopes, limited, days, actor(), clock.now_ms())
    if as_json:
        click.echo(json.dumps({**said_token(kept), "token": secret}))
        return
    click.echo(f"token {kept.id}, until {instants.minute(kept.until_ms)}; shown here and never again:\n{secret}")


@token.command("list")
@dir_option
@json_option
@click.argument("name", required=False)
def list_tokens(folder: Path, as_json: bool, name: str | None) -> None:
    """Tokens of user NAME, or of all."""
    with spoken():
        found = Tokens(opened(folder).registry.engine).of(name)
    if as_json:
        click.echo(json.dumps([said_token(one) for one in found]))
        return
    for one in found:
        scopes = " ".join(one.scopes)
        click.echo(f"{one.id:5} {one.user:24} {scopes}  until {instants.minute(one.until_ms)}  {one.label}")
    if not found:
        click.echo("no tokens")


@token.command("revoke")
@dir_option
@click.argument("number", type=int)
def revoke_token(folder: Path, number: int) -> None:
    """Token NUMBER opens nothing from now on."""
    with spoken():
        gone = Tokens(opened(folder).registry.engine).revoke(number, actor(), clock.now_ms())
    click.echo(f"token {number} of {gone.user} is revoked")


def said(one: User) -> dict[str, object]:
    """A user for --json."""
    return {**asdict(one), "sites": one.sites.words()}


def said_token(one: Token) -> dict[str, object]:
    """A token for --json, without its secret."""
    return {**asdict(one), "sites": one.sites.words()}


def _print_password(name: str, password: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"name": name, "one_time_password": password}))
        return
    click.echo(f"one-time password of {name}, good for 24 hours, to be changed at the first sign-in:\n{password}")
