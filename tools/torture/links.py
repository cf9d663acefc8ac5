"""Bad links: slow, narrow, chopped, cut and half-open, for the sensors and for the collector."""

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from . import ports
from .cast import Cast
from .chaos import Say
from .outcome import Outcome
from .proxy import FAIR, Proxy, Weather
from .stage import Stage, on_stage

WEATHERS = {
    "slow": Weather(latency_s=0.4, jitter_s=0.4),
    "narrow": Weather(bytes_a_s=4000),
    "chopped": Weather(slice_bytes=7),
    "cut": Weather(limit_bytes=3000, slice_bytes=100),
    "down": Weather(down=True),
}
KEEPALIVE_S = 5
SLACK_S = 30.0  # to come back in, and for a busy machine


def bad_weather(folder: Path, cast: Cast, lasts_s: float, say: Say) -> Outcome:
    """Each weather for a while on both links at once, then fair weather until all senders are answered again."""
    recovery_s: dict[str, float] = {}
    port = ports.steady()
    with (
        closing(Proxy(port)) as near,
        closing(Proxy(port, seed=2)) as far,
        on_stage(folder, cast, broker_port=port, sensors_port=near.port, collector_port=far.port) as stage,
    ):
        stage.start()
        for name, weather in WEATHERS.items():
            near.weather = far.weather = weather
            if weather.down:
                near.reset()
                far.reset()
            stage.pass_time(lasts_s)
            near.weather = far.weather = FAIR
            recovery_s[name] = round(stage.wait_fresh(time.monotonic(), stage.light), 2)
            say(f"link {name}: all answered again after {recovery_s[name]} s")
        touched = near.touched_bytes + far.touched_bytes
        resets = near.resets + far.resets
        stage.quiet()
        figures = {"recovery_s": recovery_s, "touched_bytes": touched, "resets": resets}
        return Outcome("links", stage.verdict(), {**figures, "duplicates": stage.duplicates()})


def half_open(folder: Path, cast: Cast, say: Say) -> Outcome:
    """All of the sensors' connections go silent at once; each must notice within two keepalives and come back."""
    cast = replace(cast, keepalive_s=KEEPALIVE_S)
    port = ports.steady()
    with closing(Proxy(port)) as proxy, on_stage(folder, cast, broker_port=port, sensors_port=proxy.port) as stage:
        stage.start()
        took_s, before = _silence(stage, proxy)
        say(f"half-open: all {before} connections noticed, and answered again, after {took_s:.1f} s")
        stage.quiet()
        broken = () if took_s <= 2 * KEEPALIVE_S + SLACK_S else (f"half-open links were noticed after {took_s:.0f} s",)
        figures = {"keepalive_s": KEEPALIVE_S, "recovery_s": round(took_s, 2), "connections": before}
        return Outcome("half_open", stage.verdict(), figures, broken)


def _silence(stage: Stage, proxy: Proxy) -> tuple[float, int]:
    before = proxy.connections
    proxy.hush()
    return stage.wait_fresh(time.monotonic(), stage.light), before
