"""python -m tools.browsing.screenshots: a picture of every page, wide and as on a phone, into docs/screenshots.

The store is a SIMULATED shop day, so the same version of Footfall gives nearly the same pictures. Each is a PNG with a
palette, small enough to be kept in the tree.
"""

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from collector.people.user import Role

from .chromium import DESK, PHONE, chromium, visitor
from .places import Place, places
from .stage import DAY, SMALL, Stage, fill, opened

OUT = Path("docs/screenshots")
BYTES_MAX = 80_000
COLOURS = (96, 64, 48, 32, 24, 16)  # fewer until it is small enough
HEIGHT_MAX = {DESK: 1900, PHONE: 2000}
DARK = ("/",)
LEFT_OUT = (
    "/notice",
    "/purge",
    "/replay",
    "/password",
    "/+new",
    "/remove",
    "{act}",
    "/selection",
)  # the sign at the door; forms that only ask, and one that is empty where nobody ticked anything
NO_PICTURES = ("/metrics-of",)  # words alone
PARTS = {"/": ("zones", "routes")}  # sections of a long page, below what its picture shows
AGAIN_S, AGAIN_MAX = 3, 8  # for pages whose numbers are being worked out


def main(arguments: list[str] | None = None) -> int:
    """Take them. 0: done."""
    parser = argparse.ArgumentParser(prog="python -m tools.browsing.screenshots", description=(__doc__ or "")[:110])
    parser.add_argument("--out", type=Path, default=OUT, help=f"folder for the pictures; default: {OUT}")
    parser.add_argument("--only", default="", metavar="WORD", help="pages with this word in their name")
    parser.add_argument("--small", action="store_true", help="a store of four hours: quicker, for trying")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="fill this folder, or use what is in it")
    said = parser.parse_args(arguments)
    said.out.mkdir(parents=True, exist_ok=True)
    day = SMALL if said.small else DAY
    with tempfile.TemporaryDirectory(prefix="footfall-") as temporary:
        folder = said.keep or Path(temporary) / "collector"
        if not (folder / "collector.toml").exists():
            print("filling a collector with a simulated day", file=sys.stderr)
            fill(folder, day)
        with opened(folder, day) as stage, chromium() as browser:
            for place in places():
                left_out = place.path in NO_PICTURES or any(word in place.route for word in LEFT_OUT)
                if said.only in place.name and not left_out:
                    _take(browser, stage, place, said.out)
    return 0


def _take(browser: Browser, stage: Stage, place: Place, out: Path) -> None:
    """One page's pictures."""
    wanted = [("", DESK, False), ("-phone", PHONE, False)]
    if place.path in DARK:
        wanted += [("-dark", DESK, True), ("-phone-dark", PHONE, True)]
    for name, size, dark in wanted:
        somebody = visitor(browser, stage, _reader(place), size=size, dark=dark)
        page = somebody.visit(place.path)
        for _ in range(AGAIN_MAX):
            if not page.locator("body[data-refresh]").count():
                break
            time.sleep(AGAIN_S)
            page = somebody.visit(place.path)
        height = min(HEIGHT_MAX[size], page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size[0], "height": height})
        _keep(page.screenshot(animations="disabled", caret="hide"), out / f"{place.name}{name}.png")
        for part in PARTS.get(place.path, ()) if not dark else ():
            section = page.locator(f"section[aria-labelledby={part}]")
            section.wait_for()
            _keep(section.screenshot(animations="disabled"), out / f"{place.name}-{part}{name}.png")
        somebody.context.close()


def _keep(png: bytes, path: Path) -> None:
    taken = _small(png)
    path.write_bytes(taken)
    wide, high = Image.open(io.BytesIO(taken)).size
    print(f"{path}  {wide} x {high}  {len(taken) / 1000:.0f} kB", file=sys.stderr)


def _reader(place: Place) -> Role | None:
    """Who sees most of the navigation, where it may be anybody."""
    return Role.ADMINISTRATOR if place.role in (Role.ANALYST, Role.TECHNICIAN) else place.role


def _small(png: bytes) -> bytes:
    """The picture with a palette, of as many colours as BYTES_MAX allows."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        made = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if made.tell() <= BYTES_MAX:
            break
    return made.getvalue()


if __name__ == "__main__":
    sys.exit(main())
