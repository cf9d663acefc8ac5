"""What a unit tells is read from any of its voices, and what speaks against writing it is said with the remedy."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tools.device import factory as safeloader
from tools.device import judgement, metadata, sighting, units
from tools.device.sighting import Sighting
from tools.lab.pallet.firmware import factory, sysupgrade

from .conftest import last

CPE210 = safeloader.parse(factory(["CPE210(TP-LINK|EU|N300-2|45550000):3.20", "CPE210(TP-LINK|EU|N300-2):3.0"]))
EAP225 = "EAP225(TP-Link|UN|AC1350-D):3.0"


@pytest.mark.parametrize(
    ("typed", "name", "region"),
    [
        ("CPE210(EU) Ver: 3.20", "CPE210-v3.20", "EU"),
        ("Model No. EAP225-Outdoor(US) Ver 1.0", "EAP225-Outdoor-v1.0", "US"),
        ("TP-LINK EAP245 V3", "EAP245-v3", ""),
        ("eap225-wall v2", "eap225-wall-v2", ""),
        ("EAP660 HD(EU) V1", "EAP660-HD-v1", "EU"),
        ("EAP225", "EAP225", ""),
        ("a coffee machine", "", ""),
    ],
)
def test_a_label_is_read_as_it_was_typed(typed: str, name: str, region: str) -> None:
    """Model, hardware version, region."""
    seen = sighting.from_label(typed)
    assert (seen.name, seen.region) == (name, region)


def test_a_stock_page_tells_its_versions_as_html_and_as_json() -> None:
    """Words in a page, or fields of the JSON behind it."""
    page = (
        "<title>EAP225</title><td>Hardware Version:</td><td>3.0</td><td>Firmware Version:</td><td>5.1.0 Build 2023</td>"
    )
    fields = json.dumps({"data": {"deviceModel": "EAP225(EU)", "hardwareVersion": "3.0", "firmwareVersion": "5.1.0"}})
    for text in (page, fields):
        seen = sighting.from_page(text, "192.168.0.254")
        assert (seen.name, seen.firmware) == ("EAP225-v3.0", "5.1.0")


def test_a_pages_title_does_not_hide_the_region() -> None:
    """The title names the model alone; an image of another region bricks the unit."""
    page = "<title>EAP225</title><p>EAP225(US) Hardware Version: 3.0 Firmware Version: 5.0.6 Build 20230101"
    seen = sighting.from_page(page)
    assert (seen.name, seen.region) == ("EAP225-v3.0", "US")


def test_openwrt_tells_its_board() -> None:
    """Model, version and release."""
    seen = sighting.from_openwrt("tplink,eap225-outdoor-v3\n", "DISTRIB_RELEASE='24.10.4'\n")
    assert (seen.name, seen.firmware) == ("EAP225-OUTDOOR-v3", "24.10.4")
    assert judgement.judge(seen).unit is units.find("EAP225-Outdoor-v3")


def stock(name: str, firmware: str = "", region: str = "") -> Sighting:
    """A unit with stock firmware."""
    model, _, version = name.partition("-v")
    return Sighting("stock page", model, version, region, firmware)


@pytest.mark.parametrize(
    ("seen", "image", "code", "words"),
    [
        (stock("EAP115-v4"), None, "no_port", "take instead"),
        (stock("EAP225"), None, "version_unknown", "label under the unit"),
        (Sighting("stock page"), None, "model_unknown", "--label"),
        (Sighting("TFTP", address="192.168.0.254"), None, "model_unknown", "--label"),
        (stock("EAP245-v3", "2.2.1"), None, "stock_too_old", "2.3.0 or newer first"),
        (stock("EAP225-v1", "1.4.0"), None, "by_hand", "serial console"),
        (stock("CPE210-v3", "", "US"), CPE210, "wrong_region", "support list has US"),
        (stock("CPE210-v2", "", "EU"), CPE210, "wrong_image", "tplink_cpe210-v2"),
        (stock("CPE510-v3"), CPE210, "wrong_image", "tplink_cpe510-v3"),
        (stock("EAP225-v3", "5.1.0"), safeloader.parse(factory([EAP225], compat=1)), "compat_level", "23.05.3"),
        (stock("CPE210-v3"), metadata.parse(sysupgrade(["tplink,cpe210-v3"])), "wrong_kind", "factory image"),
        (
            sighting.from_openwrt("tplink,cpe210-v3", ""),
            metadata.parse(sysupgrade(["tplink,cpe510-v3"])),
            "wrong_image",
            "tplink_cpe210-v3",
        ),
        (sighting.from_openwrt("tplink,cpe210-v3", ""), CPE210, "wrong_kind", "sysupgrade image"),
    ],
)
def test_what_speaks_against_it_is_said_with_the_remedy(
    seen: Sighting, image: judgement.Image | None, code: str, words: str
) -> None:
    """One reason a case: its code, and what to do."""
    judged = judgement.judge(seen, image)
    assert [problem.code for problem in judged.problems] == [code]
    assert words in judged.problems[0].remedy


@pytest.mark.parametrize(
    ("seen", "image", "way"),
    [
        (stock("CPE210-v3.20", "", "EU"), CPE210, "tftp"),
        (stock("EAP225-v3", "5.1.0", "EU"), safeloader.parse(factory([EAP225], compat=2)), "stopcs"),
        (stock("EAP225-v3", "2.20.0"), safeloader.parse(factory([EAP225], compat=1)), "stopcs"),
        (
            sighting.from_openwrt("tplink,cpe210-v3", ""),
            metadata.parse(sysupgrade(["tplink,cpe210-v3"])),
            "sysupgrade",
        ),
    ],
)
def test_a_good_pair_gets_its_way(seen: Sighting, image: judgement.Image, way: str) -> None:
    """Nothing speaks against it."""
    judged = judgement.judge(seen, image)
    assert judged.ok, judged.problems
    assert judged.method is not None
    assert judged.method.name == way


def test_every_unit_has_a_way_in_and_a_way_back() -> None:
    """The catalogue names methods that exist; what this tool does not do says why."""
    known = units.methods()
    for unit in units.catalogue()[0]:
        assert {unit.install, unit.recovery} <= set(known), unit.name
    for method in known.values():
        assert method.by_hand or method.steps
        assert not method.button_s or len(method.button_s) == 2


def test_check_answers_by_its_exit_code_and_in_json(call: Callable[..., Result], tmp_path: Path) -> None:
    """A label and an image: no unit needed."""
    image = tmp_path / "factory.bin"
    image.write_bytes(factory(["CPE210(TP-LINK|EU|N300-2|45550000):3.20"]))
    good = call("check", "--label", "CPE210(EU) Ver: 3.20", "--image", image, "--json")
    assert good.exit_code == 0
    assert (last(good)["ok"], last(good)["unit"]) == (True, "CPE210-v3")
    bad = call("check", "--label", "CPE210(US) Ver: 3.20", "--image", image)
    assert bad.exit_code == 1
    assert "can brick it" in bad.output
    assert "do: take an image whose support list has US" in bad.output


def test_where_nobody_answers_it_says_where_it_looked(call: Callable[..., Result]) -> None:
    """Each way that was tried, and what to look at."""
    done = call("check", "127.0.0.1", "--ssh-port", "1", "--http-port", "1")
    assert done.exit_code == 1
    assert "no SSH at 127.0.0.1, port 1" in done.output
    assert "is the cable in" in done.output
