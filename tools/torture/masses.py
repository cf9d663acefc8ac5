"""Many at once: a whole fleet that reconnects, and a broker that dies with a full queue."""

import time
from dataclasses import replace
from pathlib import Path

from .cast import Cast
from .chaos import Say
from .outcome import Outcome
from .stage import on_stage

SENSORS_A_PROCESS = 250


def storm(folder: Path, senders: int, say: Say) -> Outcome:
    """The broker dies and comes back: all sensors reconnect at once, and all are answered again."""
    processes = -(-senders // SENSORS_A_PROCESS)
    cast = Cast(processes, senders, batches_a_s=max(senders / 10, 20.0), poison_every=0, ack_timeout_s=10)
    with on_stage(folder, cast) as stage:
        stage.start()
        say(f"storm: {senders} sensors are connected")
        stage.broker.kill()
        stage.pass_time(3.0, but=(stage.broker,))
        since_s = time.monotonic()
        stage.broker.start()
        took_s = round(stage.wait_fresh(since_s, stage.light, patience_s=900), 1)
        say(f"storm: all {senders} answered again after {took_s} s")
        stage.quiet()
        figures = {"sensors": senders, "drain_s": took_s, "rss_mib_max": stage.peaks()}
        return Outcome("storm", stage.verdict(), figures)


def queue_lost(folder: Path, cast: Cast, messages: int, say: Say) -> Outcome:
    """The collector is away, the broker has taken `messages` batches for it, and dies with them."""
    cast = replace(cast, ack_timeout_s=4, batches_a_s=cast.senders * 1.0)
    with on_stage(folder, cast) as stage:
        stage.start()
        stage.collector.kill()
        before = len(stage.account.kept_s)
        stage.wait(
            lambda: len(stage.account.kept_s) - before >= messages,
            "a full queue",
            patience_s=600,
            but=(stage.collector,),
        )
        waiting = len(stage.account.waiting)
        stage.broker.kill()
        since_s = time.monotonic()
        stage.broker.start()
        stage.collector.start()
        took_s = round(stage.wait_fresh(since_s, stage.light, patience_s=600), 1)
        say(f"queue lost with {waiting} batches: all answered again after {took_s} s")
        stage.quiet()
        figures = {"queued": waiting, "recovery_s": took_s, "duplicates": stage.duplicates()}
        return Outcome("queue_lost", stage.verdict(), figures)
