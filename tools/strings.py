"""python -m tools.strings: find every text of the pages and bring the catalogues up to date with them.

Texts are found in the templates and the Python of collector/page and collector/printing, and in what the pages say
that is written elsewhere: the headers of the metrics, states, reasons, and the sentences of the core. A text that is
new or changed stands empty in the .po file until somebody translates it, never guessed from a similar one; one that
nobody says any more goes. `--check` writes nothing and names what is missing.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from collector import metrics
from collector.admission import flags
from collector.fleet import State
from collector.metrics import inputs
from collector.page import language, sentences
from collector.watch.checks import CHECKS

from . import error_texts

PAGES = Path(language.__file__).parent
SHEETS = PAGES.parent / "printing"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "marked": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """\
# Footfall's pages in %s.
# New texts come in by `make strings`; write their translation behind msgstr."""
COLUMNS = 120
# Lines of a catalogue that change by themselves.
UNSTEADY = tuple(
    f'"{name}'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Generated-By",
        "Report-Msgid-Bugs-To",
        "Last-Translator",
        "Language-Team",
    )
)


def found() -> Catalog:
    """Every text of the pages, with where it stands."""
    catalog = Catalog(charset="utf-8")
    for room in (PAGES, SHEETS):
        said = extract_from_dir(
            room, METHODS, OPTIONS, KEYWORDS, comment_tags=("TRANSLATORS:",), strip_comment_tags=True
        )
        for name, _line, text, comments, context in sorted(said, key=lambda one: (one[0], one[1])):
            catalog.add(text, None, [(f"collector/{room.name}/{name}", 1)], auto_comments=comments, context=context)
    for name, text in _elsewhere():
        catalog.add(text, None, [(name, 1)])
    for name, text in error_texts.sentences():
        catalog.add(text, None, [(name, 1)], context=sentences.CONTEXT)
    return catalog


def _elsewhere() -> Iterator[tuple[str, str]]:
    for metric in metrics.metrics():
        for text in (metric.title, metric.unit, metric.definition, metric.bias, metric.source):
            yield f"collector/metrics/{metric.name}.sql", text
        for table in inputs.beneath(metric.name):
            yield f"collector/metrics/{f'{table.made_by}.sql' if table.made_by else 'inputs.py'}", table.definition
    yield from (("collector/fleet.py", str(state)) for state in State)
    yield from (("collector/watch/checks.py", check.do) for check in CHECKS)
    yield from (("collector/admission/flags.py", text) for text in flags.SAYS.values())


def path_of(code: str) -> Path:
    """The catalogue of a language."""
    return language.CATALOGUES / code / "LC_MESSAGES" / "messages.po"


def brought_up(code: str) -> Catalog:
    """The catalogue of a language with the texts of today: kept translations, empty new ones, nothing left over."""
    kept = Catalog(locale=code, charset="utf-8")
    if path_of(code).is_file():
        with path_of(code).open("rb") as file:
            kept = read_po(file, locale=code)
    kept.update(found(), no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def missing(code: str) -> list[str]:
    """What a language's catalogue lacks, as it stands in the tree: texts without translation, and uncertain ones."""
    with path_of(code).open("rb") as file:
        kept = read_po(file, locale=code)
    lacking = []
    for one in found():
        there = kept.get(one.id, one.context) if one.id else one
        said = there.string if there else ""
        parts = said if isinstance(said, (tuple, list)) else (said,)
        if one.id and (there is None or there.fuzzy or not all(parts)):
            lacking.append(one.id if isinstance(one.id, str) else one.id[0])
    return lacking


def write(code: str) -> None:
    """Bring one catalogue up to date. Without dates and lines: it changes only where a text does."""
    catalog = brought_up(code)
    catalog.header_comment = HEADER % Locale.parse(code).english_name
    catalog.project, catalog.version, catalog.fuzzy = "Footfall", "1", False
    written = io.BytesIO()
    write_po(written, catalog, width=COLUMNS, sort_by_file=False, include_lineno=False, ignore_obsolete=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    path_of(code).parent.mkdir(parents=True, exist_ok=True)
    path_of(code).write_text("".join(line for line in lines if not line.startswith(UNSTEADY)), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """0: done, or nothing is missing; 1: something is."""
    parser = argparse.ArgumentParser(prog="python -m tools.strings", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; name what has no translation")
    check = parser.parse_args(arguments).check
    lacking = 0
    for code in language.LANGUAGES:
        if code == language.SOURCE:
            continue
        if not check:
            write(code)
        texts = missing(code)
        lacking += len(texts)
        print(f"{language.LANGUAGES[code]}: {len(texts)} texts without translation")
        for text in texts if check else ():
            print(f"  {text}")
    return 1 if check and lacking else 0


if __name__ == "__main__":
    sys.exit(main())
