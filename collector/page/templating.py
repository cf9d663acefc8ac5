"""Templates of a folder, escaped, with the texts of the language now: the pages', and the sheet's."""

from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import language, words


def environment(folder: Path) -> Environment:
    """What lays the templates below a folder out; they find `_`, `ngettext` and `words` without being given them."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    cast(Any, made).install_gettext_callables(
        language.gettext, language.ngettext, newstyle=True, pgettext=language.pgettext, npgettext=language.npgettext
    )
    made.policies["ext.i18n.trimmed"] = True
    made.globals["words"] = words
    return made
