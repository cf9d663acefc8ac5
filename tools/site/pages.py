"""What mkdocs is told beyond its settings: the pages beside docs/, and the menu of decisions.

The README is the first page. mkdocs calls the functions by name, see its documentation of hooks.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
BESIDE = {"README.md": "index.md", "CONTRIBUTING.md": "CONTRIBUTING.md", "CHANGELOG.md": "CHANGELOG.md"}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the decisions in the menu, by number, under their own headings."""
    menu: list[Any] = config.nav or []
    found = sorted((ROOT / "docs/decisions").glob("*.md"))
    menu[-1] = {"Decisions": [{_heading(page): f"decisions/{page.name}"} for page in found]}
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand beside docs/; what is no page and no picture stays out."""
    for source, name in BESIDE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Links of the repository become links of the site; what the site does not have is named without a link."""
    folder = Path("." if page.file.src_uri in BESIDE.values() else f"docs/{page.file.src_uri}").parent
    beside = page.file.src_uri in BESIDE.values()

    def told(link: re.Match[str]) -> str:
        sign, text, target = link.groups()
        if "://" in target or target.startswith(("#", "mailto:")):
            return link[0]
        path, _, anchor = target.partition("#")
        whole = (ROOT / ("" if beside else folder) / path).resolve().relative_to(ROOT)
        there = BESIDE.get(str(whole)) or _in_docs(whole)
        if there is None or not (files.get_file_from_path(there)):
            return text if there is None else link[0]
        up = "../" * page.file.src_uri.count("/")
        return f"{sign}[{text}]({up}{there}{'#' + anchor if anchor else ''})"

    return _LINK.sub(told, markdown)


def _in_docs(path: Path) -> str | None:
    """The page or picture of docs/ at a path of the repository; a folder is its first page."""
    if path.parts[:1] != ("docs",):
        return None
    inside = Path(*path.parts[1:])
    if (ROOT / path).is_dir():
        first = sorted((ROOT / path).glob("*.md"))
        return str(inside / first[0].name) if first else None
    return str(inside)


def _heading(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return f"{int(page.name[:3])}: {next(lines).removeprefix('# ').strip()}"
