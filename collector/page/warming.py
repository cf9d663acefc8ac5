"""Warming: what the first page needs is made ready while the collector starts, not while somebody waits for the page.

Templates are compiled, catalogues read, libraries loaded and both DuckDBs opened: about a second of processor time.
"""

import pyarrow as pa

from ..answers.intervals import garwood
from ..storage.desk import SMALL_ROWS, desk
from . import assets, language
from .frame import Frame


def warm(frame: Frame) -> None:
    """Make everything ready that a page takes beside its numbers. It may be called beside requests, and again."""
    frame.compile()
    assets.assets()
    for code in language.LANGUAGES:
        with language.speaking(code):
            language.gettext("Visitors")
            language.number(1234.5, 1)
    for rows in (0, SMALL_ROWS + 1):
        with desk(rows) as connection:
            connection.execute("SELECT 1").fetchall()
    pa.array([1])  # Arrow looks for pandas at its first array
    garwood(1.0)  # SciPy's special functions are loaded with the first interval
