"""Tables of a page that is else written by hand: each stands between two marks, and is put there anew."""

from pathlib import Path


def filled(page: Path, name: str, table: str, text: str | None = None) -> str:
    """The page (or `text`, an earlier step of it) with this table. Raises ValueError: it has no marks of that name."""
    text = page.read_text(encoding="utf-8") if text is None else text
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->\n")
    if not begin or not end:
        raise ValueError(f"docs/{page.name} wants the marks of the table '{name}'")
    return f"{before}{begin}{table}\n{end}{after}"
