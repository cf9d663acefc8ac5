"""The kill run: sensors, broker and collector are killed at random moments under load, again and again."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import median

from tools.run import broker

from .cast import Cast
from .casting import HEALTH_S
from .echo import Echo
from .oracle import Verdict
from .parts import Hand, Part
from .stage import Stage, on_stage

KINDS = ("sensor", "broker", "collector")
WORKER = "worker"  # a kind more where the collector has some
UNIT = "unit"  # and where there are whole sensors that listen
PAUSE_S_MAX = 1.0  # of good weather before a kill
DOWN_S_MAX = 1.5
HURRY = 0.3  # share of kills after which nobody waits for recovery: the next one hits a line that is still getting up

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ruin:
    """A plan of kills."""

    kills: int  # of each kind; of units about so many, because several die at once
    seed: int
    cast: Cast = field(default_factory=lambda: Cast(whole=2))
    only: tuple[str, ...] = ()  # these kinds; empty: all there are

    @property
    def kinds(self) -> tuple[str, ...]:
        """Whom it concerns."""
        more = ((WORKER, self.cast.workers), (UNIT, self.cast.units))
        return self.only or (*KINDS, *(kind for kind, there in more if there))

    @property
    def deck(self) -> list[str]:
        """A card a strike."""
        strikes = {UNIT: -(-2 * self.kills // (self.cast.units + 1))}  # each hits one of them, or all, or so many
        return [kind for kind in self.kinds for _ in range(strikes.get(kind, self.kills))]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came of it."""

    verdict: Verdict
    kills: dict[str, int]
    recovery_s: dict[str, list[float]]  # by kind, of the kills that were waited for
    rss_mib_max: dict[str, float]
    own_ends: dict[str, int]  # processes that ended without being killed, and were started again
    echoes: int
    duplicates: int
    orphans: int  # files on disk that no manifest lists, after the last start swept
    seconds: float


def run(folder: Path, ruin: Ruin, say: Say) -> Aftermath:
    """Play the plan and judge. Raises TortureError where the line does not come back to life."""
    began_s = time.monotonic()
    chance = Random(ruin.seed)
    deck = ruin.deck
    chance.shuffle(deck)
    recovery_s: dict[str, list[float]] = {kind: [] for kind in ruin.kinds}
    with on_stage(folder, ruin.cast) as stage:
        stage.start()
        with closing(Echo(broker.HOST, stage.broker_port, ruin.seed)) as echo:
            try:
                _strike_all(stage, deck, chance, recovery_s, say)
            except KeyboardInterrupt:
                say("interrupted: no more kills, but the sum of those there were")
        stage.wait_fresh(time.monotonic(), stage.emitters)  # alive afterwards
        wholes = stage.played()
        stage.quiet()
        stage.pass_time(HEALTH_S + 1 if stage.units else 0)  # for their word about what they were told last
        imbalance = stage.imbalance()
        stage.collector.kill()
        stage.wait(lambda: not any(hand.pid for hand in stage.hands), "the end of the workers", but=(stage.collector,))
        unlisted = {one.name for one in stage.orphans()}
        stage.collector.start()  # sweeps
        stage.wait(lambda: bool(stage.health()), "the collector")
        # Not those that it has replaced itself since: they are left to readers for a while.
        orphans = [one for one in stage.orphans() if one.name in unlisted]
        everything: list[Part | Hand] = [*stage.parts, *stage.hands]
        verdict = stage.verdict(wholes)
        return Aftermath(
            verdict=replace(verdict, conservation_error=verdict.conservation_error + imbalance),
            kills={kind: sum(part.kills for part in everything if part.kind == kind) for kind in ruin.kinds},
            recovery_s=recovery_s,
            rss_mib_max=stage.peaks(),
            own_ends={kind: sum(part.own_ends for part in everything if part.kind == kind) for kind in ruin.kinds},
            echoes=echo.sent,
            duplicates=stage.duplicates(),
            orphans=len(orphans),
            seconds=time.monotonic() - began_s,
        )


def _strike_all(stage: Stage, deck: list[str], chance: Random, recovery_s: dict[str, list[float]], say: Say) -> None:
    for number, kind in enumerate(deck, start=1):
        took_s = _strike(stage, _victims(stage, kind, chance), chance)
        if took_s is not None:
            recovery_s[kind].append(took_s)
        if number % 10 == 0:
            say(f"{number} of {len(deck)} strikes, {len(stage.account.meant)} batches emitted{_so_far(recovery_s)}")


def _so_far(recovery_s: dict[str, list[float]]) -> str:
    """Said on the way, so that the times are known where the end goes wrong."""
    took_s = [one for times in recovery_s.values() for one in times]
    return f"; recovery median {median(took_s):.1f} s, longest {max(took_s):.1f} s" if took_s else ""


def _victims(stage: Stage, kind: str, chance: Random) -> Sequence[Part | Hand]:
    """A part of this kind; of sensors, one in four times one that plays a capture; of units, some."""
    if kind == WORKER:
        hand = chance.choice(stage.hands)
        stage.wait(lambda: bool(hand.pid), "a worker to kill")
        return (hand,)
    if kind == "broker":
        return (stage.broker,)
    if kind == "collector":
        return (stage.collector,)
    if kind == UNIT:
        return chance.sample(stage.units, chance.randint(1, len(stage.units)))
    return (chance.choice(stage.wholes if stage.wholes and chance.random() < 0.25 else stage.offices),)


def _strike(stage: Stage, victims: Sequence[Part | Hand], chance: Random) -> float | None:
    """Kill them at some moment, start them again after a while; seconds until all is well, None where nobody waits."""
    stage.pass_time(chance.uniform(0, PAUSE_S_MAX))
    for victim in victims:
        victim.kill()
    since_s = time.monotonic()
    stage.pass_time(chance.choice((0.0, chance.uniform(0, DOWN_S_MAX))), but=victims)
    started_s = time.monotonic()
    for victim in victims:
        victim.start()
    if chance.random() < HURRY:
        return None
    concerned = tuple(name for victim in victims for name in victim.sensors)
    stage.wait_fresh(since_s, concerned or stage.light)
    return time.monotonic() - started_s
