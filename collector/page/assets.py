"""What pages load beside their HTML: our sheets as one, our scripts, and htmx, all from this server.

sheets/   one a noun, joined in the order of their names behind base.css, served as /static/site.css
scripts/  one a purpose, served as /static/NAME.js; every page reads without them
vendor/   others' scripts, pinned: vendor/README.md has version, source, licence and SHA-256
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..notice import sign

HERE = Path(__file__).parent
MEDIA = {".css": "text/css", ".js": "text/javascript"}
BASE = "base.css"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for browsers to keep. url: names its content, so that it can be kept for ever."""

    name: str
    text: str
    media_type: str
    url: str


@cache
def assets() -> dict[str, Asset]:
    """All there are, by name. Read once."""
    sheets = sorted((HERE / "sheets").glob("*.css"), key=lambda path: (path.name != BASE, path.name))
    texts = {
        "site.css": "\n".join(path.read_text(encoding="utf-8") for path in sheets),
        "sign.css": sign.STYLE,
        **{
            path.name: path.read_text(encoding="utf-8")
            for folder in ("scripts", "vendor")
            for path in sorted((HERE / folder).glob("*.js"))
        },
    }
    return {name: _asset(name, text) for name, text in texts.items()}


def url(name: str) -> str:
    """Where an asset is; for templates too. Raises KeyError: there is no such file."""
    return assets()[name].url


def _asset(name: str, text: str) -> Asset:
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Asset(name, text, MEDIA[Path(name).suffix], f"/static/{name}?v={version}")
