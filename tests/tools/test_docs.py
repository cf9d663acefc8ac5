"""The documents say what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.cli import COMMANDS
from tools.docs.__main__ import DOCS, PAGES

ROOT = DOCS.parent


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    if name == "cli.md" and sys.version_info[:2] != (3, 11):
        pytest.skip("argparse lays its help out otherwise in other Pythons; docs/cli.md is made with 3.11")
    # In a process of its own: click remembers a command's help option from its first use, whoever made that.
    program = f"import sys; from tools.docs.__main__ import PAGES; sys.stdout.write(PAGES[{name!r}]())"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
    assert (DOCS / name).read_text(encoding="utf-8") == made.stdout, "run: make docs"


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"footfall {name} " not in readme] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    for name, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        text = (page.parent / name if name else page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, f"{name}#{anchor}"


def test_every_page_is_in_a_menu_of_the_site() -> None:
    menu = (ROOT / "tools/site/mkdocs.yml").read_text(encoding="utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.parent.name != "decisions"}
    assert {name for name in pages if f": {name}\n" not in menu} == set()


def test_the_tests_that_privacy_rests_on_exist() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    named = set(re.findall(r"test_[a-z_]+", text))
    there = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert named - there == set()


def test_make_help_lists_the_targets_that_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in set(re.findall(r"^ +make ([a-z-]+)", readme, re.MULTILINE)):
        assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE), target
