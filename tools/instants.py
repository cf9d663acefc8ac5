"""UTC milliseconds as tables on a terminal show them."""

from datetime import UTC, datetime


def day(utc_ms: int) -> str:
    """2026-06-12."""
    return _of(utc_ms).date().isoformat()


def minute(utc_ms: int) -> str:
    """2026-06-12 13:05Z."""
    return _of(utc_ms).strftime("%Y-%m-%d %H:%MZ")


def second(utc_ms: int) -> str:
    """2026-06-12T13:05:09+00:00."""
    return _of(utc_ms).isoformat(timespec="seconds")


def _of(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms / 1000, UTC)
