"""A release says what it is made of, and is made of nothing that could not be handed on."""

import io
import json
import tarfile
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion

from tools.errors import ToolError
from tools.release import bom, making
from tools.release.parts import ROOT, Part, read

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return read()


def test_every_part_has_a_licence_that_goes_with_ours(parts: list[Part]) -> None:
    assert [(part.name, part.licence) for part in parts if not part.allowed] == []


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "Proprietary", "not said", "permitted", "MIT AND GPL-3.0-only"]
)
def test_a_licence_that_does_not_go_with_ours_is_seen(licence: str) -> None:
    assert not Part("one", "1", licence).allowed


@pytest.mark.parametrize("licence", ["MIT OR GPL-3.0-only", "(MIT OR GPL-3.0-only) AND BSD-3-Clause", "BSD License"])
def test_one_of_several_licences_that_are_offered_will_do(licence: str) -> None:
    assert Part("one", "1", licence).allowed


def test_the_licence_is_said_the_same_everywhere_and_its_text_is_here() -> None:
    said = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
    recipe = (REPOSITORY / "openwrt/footfall-sensor/Makefile").read_text(encoding="utf-8")
    assert said == "Apache-2.0"
    assert f"PKG_LICENSE:={said}\n" in recipe
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text


def test_what_the_product_needs_is_there_and_what_only_tests_need_is_not(parts: list[Part]) -> None:
    names = {part.name for part in parts}
    assert {ROOT, "paho-mqtt", "msgpack", "cryptography", "psycopg", "pyspark"} <= names
    assert not {"pytest", "scapy", "moto"} & names
    assert {need for part in parts for need in part.needs} <= names


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(ToolError, match="no-such-thing is not installed here: make setup"):
        read("no-such-thing")


def test_the_bill_is_what_cyclonedx_says_it_is_and_the_same_each_time(parts: list[Part]) -> None:
    # Takes two seconds, of which every process that collects the tests would have its share.
    from cyclonedx.validation.json import JsonStrictValidator

    made = bom.render(parts, 99)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made) is None
    assert made == bom.render(parts, 99)
    said = json.loads(made)
    assert said["metadata"]["component"]["name"] == ROOT
    assert {one["name"] for one in said["components"]} == {part.name for part in parts} - {ROOT}
    assert bom.render([replace(part, version="0") for part in parts], 99) != made


def test_a_source_archive_keeps_nothing_of_where_and_when_it_was_made() -> None:
    def packed(owner: str, mtime: int, names: list[str]) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            for name in names:
                member = tarfile.TarInfo(name)
                member.uname, member.mtime, member.size = owner, mtime, len(name)
                tar.addfile(member, io.BytesIO(name.encode()))
        return made.getvalue()

    one, other = packed("ann", 5, ["a", "b"]), packed("bob", 7_000, ["b", "a"])
    assert one != other
    assert making._settled(one, 99) == making._settled(other, 99)
    with tarfile.open(fileobj=io.BytesIO(making._settled(one, 99))) as tar:
        assert [(member.name, member.mtime) for member in tar] == [("a", 99), ("b", 99)]
        assert tar.extractfile("b").read() == b"b"  # type: ignore[union-attr]
