"""`footfall fleet upgrade`: a package of the agent, or a whole image, goes over the fleet in stages."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from collector import clock
from collector.folder import Collector
from collector.grouping.selection import Selection
from collector.images.catalogue import find
from collector.images.packages import Packages, older
from collector.images.packages import find as find_package
from collector.images.vouched import release_key
from collector.rollout.book import Begun, Campaigns
from collector.rollout.images import Images
from collector.rollout.packages import Package
from footfall_sensor import keys
from footfall_sensor.wire.release import Offer

from ..collecting.options import actor, dir_option, json_option, opened, spoken
from ..device import releasing
from ..errors import ToolError
from ..naming import warn_of_loopback
from . import imaging, rolling
from .config import dry_option
from .places import why_option
from .selecting import selected, selection, selection_options
from .terms import terms, terms_options

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NO_URL = "http://not.said"
NOTHING = bytes(8), bytes(64)


def _others_reach(_context: click.Context, _option: click.Parameter, url: str) -> str:
    """Says it where a unit that asks there would ask itself."""
    warn_of_loopback(url, urlsplit(url).hostname or "")
    return url


@click.command("upgrade")
@dir_option
@click.argument("version", required=False)
@selection_options
@click.option("--image", "images", multiple=True, metavar="NAME", help="Instead of a package: an image; one a board.")
@click.option("--older", is_flag=True, help="Images: also back to an older one; --why is wanted.")
@click.option(
    "--package", type=FILE, help="The package (.ipk, .apk), its .sig beside it; else VERSION of `fleet package list`."
)
@click.option(
    "--back", type=FILE, multiple=True, help="The package of a version that runs today, to go back to; repeatable."
)
@click.option(
    "--url",
    default=NO_URL,
    callback=_others_reach,
    help="Where units fetch it: the address of the folder that holds them.",
)
@click.option("--key", type=FILE, help="The public release key: checks the signatures, as units do.")
@terms_options
@why_option
@dry_option
@json_option
def upgrade(
    folder: Path,
    version: str | None,
    images: tuple[str, ...],
    older: bool,
    package: Path | None,
    back: tuple[Path, ...],
    url: str,
    key: Path | None,
    why: str,
    dry: bool,
    as_json: bool,
    **words: Any,
) -> None:
    """Roll VERSION of the agent's package out in stages, to the sensors that are selected; to all without a word.

    Without --package it is one of `footfall fleet package list`, and units go back to the older ones there.

    With --image NAME, and no VERSION: whole firmwares of `footfall fleet image`, which the collector itself serves at
    /image. A unit whose board has no image here is left out. An image has NO WAY BACK: a unit that does not start needs
    somebody on a ladder.

    A sensor is done when it has come back by itself, signed, with that version. From a package it goes back by itself
    to what ran before when it does not hear the collector within ten minutes. `footfall device release` makes the .sig
    files.

    \b
    Example:
      footfall fleet upgrade --dir DIR 0.2.0 --package new.ipk --back old.ipk --url https://files.example.org/f \\
        --key release.pub --tag pilot --dry-run
      footfall fleet upgrade --dir DIR 0.2.0 --url http://collector.lan:8080/image --tag pilot --dry-run
      footfall fleet upgrade --dir DIR --image cpe210-24.10.5 --image eap225-24.10.5 --night 01:00-05:00 \\
        --url http://collector.lan:8080/image --stages 2,10%,100% --dry-run
    """
    collector = opened(folder)
    if images:
        if package or back:
            raise click.UsageError("either --image or --package")
        if not dry and url == NO_URL:
            raise click.UsageError("--url says where units fetch the images: http://COLLECTOR:PORT/image of its page")
        words["names"] = (*((version,) if version else ()), *words["names"])
        with spoken():
            begun = _roll_images(collector, images, url, older, words, (actor(), why), dry)
        rolling.begun(begun, as_json)
        return
    if version is None or (back and package is None):
        raise click.UsageError("VERSION is wanted, with --package and --back or from the catalogue; or --image")
    if not dry and url == NO_URL:
        raise click.UsageError("--url says where units fetch the packages")
    with spoken():
        if package is None:
            cargo = _of_catalogue(collector, version, url, key)
        else:
            cargo = _of_file(package, version, back, url, key, dry)
        book, who = Campaigns(collector.registry.engine), (actor(), why)
        begun = book.begin_package(cargo, _sensors(collector, words), terms(words), who, clock.now_ms(), dry=dry)
    rolling.begun(begun, as_json)


def _sensors(collector: Collector, words: dict[str, Any]) -> list[str]:
    """The names of those that are selected; of all without a word."""
    asked = selection(words)
    return [one.sensor.name for one in selected(collector, Selection(everyone=True) if asked.empty else asked)]


def _roll_images(
    collector: Collector,
    names: tuple[str, ...],
    url: str,
    older: bool,
    words: dict[str, Any],
    who: tuple[str, str],
    dry: bool,
) -> Begun:
    catalogue = imaging.of(collector)
    entries = [find(catalogue.all(), name) for name in dict.fromkeys(names)]
    for one in entries:
        if not catalogue.has(one):
            raise ToolError(f"the file of {one.name} is missing: take the image out and in again")
    cargo = Images.of(entries, f"{url}/x" if url == NO_URL else url, older)
    book, sensors = Campaigns(collector.registry.engine), _sensors(collector, words)
    return book.begin_images(cargo, sensors, terms(words, answer="30m"), who, clock.now_ms(), dry=dry)


def _of_catalogue(collector: Collector, version: str, url: str, key: Path | None) -> Package:
    """VERSION of the packages that the collector has, with the older ones to go back to; or one by its whole name."""
    shelf = Packages(collector.registry.engine, collector.image_files)
    everything = shelf.all()
    fit = [one for one in everything if version in (one.name, one.release.version, one.release.agent)]
    if len(fit) > 1:
        raise ToolError(f"there are {' and '.join(one.name for one in fit)}: name one of them instead of {version}")
    new = fit[0] if fit else find_package(everything, version)
    public = keys.read_public(key) if key else release_key(collector.folder)
    chosen = (new, *older(everything, new))
    for one in chosen:
        if not shelf.has(one):
            raise ToolError(f"the file of {one.name} is missing: take the package out and in again")
        if public is not None:
            one.word.check(public, one.name)
    return Package(new.offer(url), tuple(one.offer(url) for one in chosen[1:]))


def _of_file(package: Path, version: str, back: tuple[Path, ...], url: str, key: Path | None, dry: bool) -> Package:
    """The package of a file, which is to be this version."""
    cargo = _cargo(package, back, url, key, dry)
    release = cargo.new.release
    if version not in (release.version, release.agent):
        raise ToolError(f"{package} is version {release.version}, not {version}; name the version that it is")
    return cargo


def _cargo(package: Path, back: tuple[Path, ...], url: str, key: Path | None, dry: bool) -> Package:
    """What is rolled out. A dry run needs neither signatures nor an address: it tells nobody of them."""
    if dry and not releasing.beside(package).exists():
        found = [Offer(releasing.read(path), *NOTHING, f"{url}/{path.name}") for path in (package, *back)]
        return Package(found[0], tuple(found[1:]))
    if not dry and key is None:
        raise click.UsageError("--key checks what units will check")
    public = keys.read_public(key) if key else None
    offers = [releasing.offer(path, url, public) for path in (package, *back)]
    return Package(offers[0], tuple(offers[1:]))
