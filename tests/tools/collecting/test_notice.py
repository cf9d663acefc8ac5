"""`footfall collector notice`, `notice-set` and `claims`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.notice.claims import register
from tools.cli import cli

SAID = ("--controller", "Anybody Ltd", "--contact", "x@example.org", "--purpose", "hours", "--retention", "30 days")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "c"
    assert run("init", "--dir", str(made)).exit_code == 0
    assert run("site", "set", "shop", "--dir", str(made)).exit_code == 0
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["collector", *words])


def test_incomplete_notice_is_written_and_fails(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "n.html"
    said = run("notice", "shop", "--dir", str(folder), "--out", str(out))
    assert said.exit_code == 1
    assert "missing: controller, contact, purposes, retention" in said.output
    assert "DO NOT HANG UP" in out.read_text()


def test_complete_notice_is_written_as_html_and_pdf(folder: Path, tmp_path: Path) -> None:
    assert run("notice-set", "--dir", str(folder), *SAID, "--purpose", "advertising").exit_code == 0
    out, printed = tmp_path / "n.html", tmp_path / "n.pdf"
    said = run("notice", "shop", "--dir", str(folder), "--out", str(out), "--pdf", str(printed), "--language", "de")
    assert (said.exit_code, said.output) == (0, f"written: {out} and {printed}\n")
    assert "<li>advertising</li>" in out.read_text()
    assert 'lang="en"' not in out.read_text()
    assert printed.read_bytes().startswith(b"%PDF")


def test_missing_libraries_are_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTML is there all the same, and can be printed by a browser."""
    run("notice-set", "--dir", str(folder), *SAID)
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    out = tmp_path / "n.html"
    said = run("notice", "shop", "--dir", str(folder), "--out", str(out), "--pdf", str(tmp_path / "n.pdf"))
    assert (said.exit_code, "apt install libpango" in said.output, out.exists()) == (1, True, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("notice", "nowhere"), 1),
        (("notice-set",), 2),
        (("notice-set", "--site", "nowhere", "--dpo", "x"), 1),
        (("notice-set", "--objection-url", "http://x"), 1),
        (("notice", "shop", "--out", "/no/such/folder/n.html"), 1),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(folder: Path, words: tuple[str, ...], code: int) -> None:
    assert run(*words, "--dir", str(folder)).exit_code == code


def test_claims_are_listed_with_their_tests_and_what_is_not_said() -> None:
    said, listed = run("notice-claims").output, json.loads(run("notice-claims", "--json").output)
    for claim in register().claims:
        assert claim.id in said
        assert all(test in said for test in claim.tests)
    assert len(listed["claims"]) == len(register().claims)
    assert [one["id"] for one in listed["open"]] == [one.id for one in register().open]
