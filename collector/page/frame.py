"""The frame: the templates' environment, and what stands around every page.

    frame = Frame(collector.options.settings.simulated)
    frame.render("fleet/list.html", visit, rows=rows, refresh_s=0)

A template extends base.html and imports parts.html; it finds `_`, `ngettext`, the functions of language.py as `say`,
`static(NAME)`, `person`, `Right`, `csrf` and `here` without being given them.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment

from ..people.user import Right
from . import assets, language, navigation, templating
from .links import to
from .reader import THEMES, reader
from .visit import Visit

HERE = Path(__file__).parent
# htmx without what a strict policy forbids: no style of its own in the page, nothing evaluated, no other host.
HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,  # numbers stay out of the browser's storage
    "refreshOnHistoryMiss": True,
}


class Frame:
    """Renders templates into whole pages. simulated: whether the banner says so."""

    def __init__(self, simulated: bool) -> None:
        self._environment = environment()
        self._simulated = simulated

    def compile(self) -> None:
        """Compile every template, so that no page waits for its own."""
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def render(self, template: str, visit: Visit | None, **values: Any) -> str:
        """A page for a visit, None: for nobody known.

        Among the values: refresh_s, the page looks again by itself, by a script when something has come; again_s: by a
        script after that time in any case, because something of it is still being worked out.
        """
        read_by, person = reader(), visit.person if visit else None
        around: dict[str, Any] = {
            "simulated": self._simulated,
            "refresh_s": 0,
            "again_s": 0,
            "person": person,
            "csrf": visit.csrf if visit else "",
            "here": read_by.here,
            "language": read_by.language,
            "theme": read_by.theme,
            "areas": navigation.links(person, read_by.path) if person else [],
            "pages_below": navigation.links_below(person, read_by.path) if person else [],
        }
        return self._environment.get_template(template).render(around | values)


def environment() -> Environment:
    """Templates of all areas, escaped, with the texts of the language now."""
    made = templating.environment(HERE)
    made.globals |= {
        "static": assets.url,
        "to": to,
        "say": language,
        "Right": Right,
        "languages": language.LANGUAGES,
        "themes": THEMES,
        "htmx_config": HTMX,
    }
    return made
