"""What pages load: all of it ours or pinned, and nothing from elsewhere."""

import hashlib
import re

from collector.page.assets import HERE, assets

VENDOR = HERE / "vendor"
# Where a sheet or a script would reach for another host. A licence's or a namespace's address is no such reach.
REACHES = re.compile(r"""@import|url\(\s*['"]?(?!data:)|fetch\(['"]https?:|\bsrc\s*=\s*['"]https?:""")


def test_the_vendored_scripts_are_the_ones_that_were_pinned() -> None:
    rows = re.findall(r"^\| (\S+\.js) \|.*\| (\w{64}) \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == {path.name for path in VENDOR.glob("*.js")}
    for name, said in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == said, name


def test_each_vendored_script_has_its_licence_beside_it() -> None:
    for path in VENDOR.glob("*.js"):
        assert (VENDOR / path.name.replace(".min.js", ".LICENSE")).is_file()


def test_nothing_reaches_for_another_host() -> None:
    for asset in assets().values():
        assert not REACHES.search(asset.text), asset.name
    assert REACHES.search("@import 'x'"), "the search would find something"


def test_an_address_changes_with_its_content() -> None:
    assert len({asset.url for asset in assets().values()}) == len(assets())
    assert all(asset.url.startswith(f"/static/{name}?v=") for name, asset in assets().items())


def test_dark_is_the_same_by_device_and_by_choice() -> None:
    sheet = assets()["site.css"].text
    blocks = re.findall(r":root\.theme-(?:auto|dark) \{(.*?)\}", sheet, re.DOTALL)
    assert len(blocks) == 2
    device, chosen = (sorted(line.strip() for line in block.split(";")) for block in blocks)
    assert device == chosen


def test_a_stronger_colour_of_a_cell_is_more_by_day_and_by_night() -> None:
    """Each shade is farther from the card than the one before; a legend says that the stronger is more."""
    sheet = assets()["site.css"].text
    mixes = dict(re.findall(r"\.heat \.shade(\d) \{ background: ([^;]+);", sheet))
    for theme in (r":root \{(.*?)\}", r":root\.theme-dark \{(.*?)\}"):
        found = re.search(theme, sheet, re.DOTALL)
        assert found
        colours = dict(re.findall(r"--([\w-]+): #(\w{6});", found[1]))
        light = {name: sum(bytes.fromhex(value)) for name, value in colours.items()}
        away = [abs(_light(mixes[str(shade)], light) - light["card"]) for shade in range(6)]
        assert away == sorted(away), theme


def _light(mix: str, light: dict[str, int]) -> float:
    """How bright a mixture of two colours is, or one colour: the sum of its parts."""
    names = re.findall(r"var\(--(\w+)\)", mix)
    part = re.search(r"(\d+)%", mix)
    if part is None:
        return light[names[0]]
    return (int(part[1]) * light[names[0]] + (100 - int(part[1])) * light[names[1]]) / 100
