"""The options that every campaign has: stages, when it stops, how long it waits, when it may speak."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from collector.errors import QueryError
from collector.rollout import terms as rollout

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options; `terms` reads them."""
    for option in (
        click.option("--stages", default=rollout.STAGES, show_default=True, help="How many have it after each stage."),
        click.option(
            "--stop-at", default=rollout.STOP_AT, show_default=True, help="Stop when so many of a stage have failed."
        ),
        click.option("--soak", default="1h", show_default=True, help="Wait between stages, such as 30m, 2h or 1d."),
        click.option("--answer", help="Within which a unit must prove itself.  [default: 15m; of an image 30m]"),
        click.option("--at-once", type=click.IntRange(1), default=100, show_default=True, help="Units under way."),
        click.option("--night", metavar="HH:MM-HH:MM", help="Tell units only in these hours of their site's clock."),
        click.option(
            "--at", "at", metavar="TIME", help="Not before: 2026-12-01T02:00, in UTC unless it says otherwise."
        ),
        click.option(
            "--deadline", default="7d", show_default=True, help="How long units that are away are waited for."
        ),
    ):
        command = option(command)
    return command


def terms(words: dict[str, Any], answer: str = "15m") -> rollout.Terms:
    """What those options said; takes them out of `words`. answer: where nothing was said of it. Raises QueryError."""
    night = words.pop("night")
    return rollout.Terms(
        stages=rollout.stages(words.pop("stages")),
        stop_at=rollout.Amount(words.pop("stop_at")),
        soak_s=_length_s(words.pop("soak")),
        answer_s=_length_s(words.pop("answer") or answer),
        at_once=words.pop("at_once"),
        night=rollout.night(night) if night else None,
        at_ms=_instant_ms(words.pop("at")),
        life_s=_length_s(words.pop("deadline")),
    )


def _length_s(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found:
        raise QueryError(f"'{text}': a length of time is wanted, such as 30m, 2h or 7d")
    return int(found[1]) * UNITS_S[found[2]]


def _instant_ms(text: str | None) -> int:
    if not text:
        return 0
    try:
        when = datetime.fromisoformat(text)
    except ValueError as exc:
        raise QueryError(f"'{text}': a time is wanted, such as 2026-12-01T02:00") from exc
    return int((when if when.tzinfo else when.replace(tzinfo=ZoneInfo("UTC"))).timestamp() * 1000)
