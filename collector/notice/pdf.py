"""The notice as PDF, by WeasyPrint: the same page as the HTML, on A4."""

from ..errors import CollectorError

INSTALL = "Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PrintError(CollectorError):
    """The PDF cannot be made here."""


def render(html: str) -> bytes:
    """The PDF of a notice that stands alone; nothing is fetched. Raises PrintError where a library is missing."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - 40 MB and system libraries that only who prints needs
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as exc:
        raise PrintError(f"no PDF can be made: a library is missing ({exc}). {INSTALL}; or print the HTML") from exc
    made = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"})).write_pdf()
    assert isinstance(made, bytes)
    return made
