"""Write the generated documents: python -m tools.docs. A test fails while one of them is out of date."""

from pathlib import Path

from ..device import shipped_config
from . import architecture_page, cli_page, config_page, metrics_page, scaling_page, supply_page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    "architecture.md": architecture_page.render,
    "architecture.svg": architecture_page.draw,
    "cli.md": cli_page.render,
    "config.md": config_page.render,
    "metrics.md": metrics_page.render,
    "scaling.md": scaling_page.render,
    "supply.md": supply_page.render,
    shipped_config.PATH_FROM_DOCS: shipped_config.render,
}


def main() -> None:
    """Write them all."""
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
