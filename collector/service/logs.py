"""Logs: a line an event, for people or as JSON. They speak of sensors, files and faults, never of a visitor."""

import logging
import sys

import structlog

FORMATS = ("text", "json")


def configure(form: str = "text", level: int = logging.INFO) -> None:
    """Send every logger of this process to standard error in one of FORMATS."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("weasyprint", "fontTools"):  # what a printer's engine thinks of a style sheet
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # which database, at every start: nobody asked
