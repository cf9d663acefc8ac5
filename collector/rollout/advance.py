"""A campaign's next step: which units are told now, given what has been heard. Pure.

    waits -> told -> done      it has proved itself: what counts as proof is the cargo's
                  -> failed    it said no, gave it up, or did not prove itself in time; also where it was done and
                               went back while the campaign lasts
    waits -> missed            away until the deadline

A stage opens the next one when none of it is under way, nobody who is here still waits, at least half of it is done,
and the soak is over. Units that were away are told when they are seen again, whatever stage is open by then.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .terms import Terms


class UnitState(StrEnum):
    """How far a unit is."""

    WAITS = "waits"
    TOLD = "told"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"


class CampaignState(StrEnum):
    """How a campaign is."""

    RUNNING = "running"
    PAUSED = "paused"  # by a person
    STOPPED = "stopped"  # by itself: too many failed, or it ran out of time
    DONE = "done"
    CANCELLED = "cancelled"


ACTIVE = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPED)
REACHED = (UnitState.TOLD, UnitState.DONE, UnitState.FAILED)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sensor of a campaign."""

    sensor_id: int
    turn: int
    stage: int
    state: UnitState = UnitState.WAITS
    told_ms: int = 0
    settled_ms: int = 0
    boot: int = 0  # its start when it was told
    excused: bool = False  # its failure stops nothing more
    says: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A campaign as far as its steps go."""

    terms: Terms
    state: CampaignState
    stage: int
    deadline_ms: int
    says: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a unit now. proved: None = nothing yet."""

    connected: bool
    boot: int = 0
    proved: bool | None = None
    says: str = ""
    awake: bool = True  # its site's hours allow it to be told
    shut_out: bool = False  # revoked or in quarantine meanwhile
    before: tuple[int, ...] = ()  # units that hang behind it
    lost: str = ""  # what to say where it is not heard again: it has begun what cannot be taken back


NOT_SEEN = Sight(connected=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to: units that changed, of which those with told_ms = now are to be told."""

    course: Course
    changed: tuple[Unit, ...]
    told: tuple[Unit, ...]


def step(course: Course, units: Sequence[Unit], sights: Mapping[int, Sight], now_ms: int) -> Step:
    """One step. Units that were told are judged in every state; new ones are told only while it runs."""
    now = [_settled(unit, sights.get(unit.sensor_id, NOT_SEEN), course.terms, now_ms) for unit in units]
    told: list[Unit] = []
    if course.state is CampaignState.RUNNING and now_ms >= course.terms.at_ms:
        course = _judged(course, now, sights, now_ms)
    if course.state is CampaignState.RUNNING and now_ms >= course.terms.at_ms:
        now = [_ended(unit, course, now_ms) for unit in now]
        told = _tell(course, now, sights, now_ms)
        now = _put(now, told)
        if all(unit.settled_ms for unit in now):
            course = replace(course, state=CampaignState.DONE, says=summary(now))
    changed = tuple(after for before, after in zip(units, now, strict=True) if before != after)
    return Step(course, changed, tuple(told))


def resumed(course: Course, units: Sequence[Unit], now_ms: int) -> tuple[Course, list[Unit]]:
    """The campaign as a person lets it go on: failures so far stop it no more, and a deadline that is over is moved."""
    deadline_ms = course.deadline_ms
    if deadline_ms <= now_ms:
        deadline_ms = now_ms + course.terms.life_s * 1000
    excused = [replace(unit, excused=True) if unit.state is UnitState.FAILED else unit for unit in units]
    return replace(course, state=CampaignState.RUNNING, says="", deadline_ms=deadline_ms), excused


def summary(units: Sequence[Unit]) -> str:
    """Units by state, in words."""
    count = Counter(unit.state for unit in units)
    return ", ".join(f"{count[state]} {state}" for state in UnitState if count[state])


def _settled(unit: Unit, sight: Sight, terms: Terms, now_ms: int) -> Unit:
    if unit.state is UnitState.WAITS and sight.shut_out:
        return replace(unit, state=UnitState.MISSED, settled_ms=now_ms, says="it may not send any more")
    if unit.state is UnitState.DONE and sight.proved is False:
        return replace(unit, state=UnitState.FAILED, settled_ms=now_ms, says=sight.says)
    if unit.state is not UnitState.TOLD:
        return unit
    if sight.proved is not None:
        state = UnitState.DONE if sight.proved else UnitState.FAILED
        return replace(unit, state=state, settled_ms=now_ms, says=sight.says)
    if now_ms - unit.told_ms < terms.answer_s * 1000:
        return unit
    gone = "it is connected" if sight.connected else "it is not connected"
    says = f"no proof within {terms.answer_s // 60} minutes; {gone}"
    if sight.lost and not sight.connected:
        says = f"did not come back within {terms.answer_s // 60} minutes; {sight.lost}"
    return replace(unit, state=UnitState.FAILED, settled_ms=now_ms, says=says)


def _judged(course: Course, units: Sequence[Unit], sights: Mapping[int, Sight], now_ms: int) -> Course:
    """Stop it, or open the next stage."""
    of_stage: dict[int, list[Unit]] = {}
    for unit in units:
        of_stage.setdefault(unit.stage, []).append(unit)
    for stage in range(course.stage + 1):
        mine = of_stage.get(stage, [])
        failed = sum(unit.state is UnitState.FAILED and not unit.excused for unit in mine)
        if failed and failed >= course.terms.stop_at.of(len(mine)):
            says = f"{failed} of the {len(mine)} units of stage {stage + 1} failed"
            return replace(course, state=CampaignState.STOPPED, says=says)
    last = max(of_stage, default=0)
    if course.stage >= last:
        return course
    if now_ms >= course.deadline_ms:
        says = f"its time is over, and stage {course.stage + 1} of {last + 1} has not proved itself"
        return replace(course, state=CampaignState.STOPPED, says=says)
    return replace(course, stage=course.stage + 1) if _proved(course, of_stage, sights, now_ms) else course


def _proved(course: Course, of_stage: Mapping[int, Sequence[Unit]], sights: Mapping[int, Sight], now_ms: int) -> bool:
    mine = of_stage[course.stage]
    open_units = [unit for stage in range(course.stage + 1) for unit in of_stage[stage]]
    under_way = any(unit.state is UnitState.TOLD for unit in open_units)
    here = any(unit.state is UnitState.WAITS and sights.get(unit.sensor_id, NOT_SEEN).connected for unit in open_units)
    done = sum(unit.state is UnitState.DONE for unit in mine)
    soaked = now_ms >= max((unit.settled_ms for unit in mine), default=0) + course.terms.soak_s * 1000
    return not under_way and not here and 2 * done >= len(mine) and done > 0 and soaked


def _ended(unit: Unit, course: Course, now_ms: int) -> Unit:
    """At the deadline of the last stage nobody is waited for any more."""
    if unit.state is not UnitState.WAITS or now_ms < course.deadline_ms:
        return unit
    return replace(unit, state=UnitState.MISSED, settled_ms=now_ms, says="not to be told until the deadline")


def _tell(course: Course, units: Sequence[Unit], sights: Mapping[int, Sight], now_ms: int) -> list[Unit]:
    under_way = {unit.sensor_id for unit in units if unit.state is UnitState.TOLD}
    told: list[Unit] = []
    for unit in sorted(units, key=lambda one: one.turn):
        if len(under_way) >= course.terms.at_once:
            break
        sight = sights.get(unit.sensor_id, NOT_SEEN)
        due = unit.state is UnitState.WAITS and unit.stage <= course.stage
        if due and sight.connected and sight.awake and not under_way.intersection(sight.before):
            told.append(replace(unit, state=UnitState.TOLD, told_ms=now_ms, boot=sight.boot))
            under_way.add(unit.sensor_id)
    return told


def _put(units: Sequence[Unit], told: Sequence[Unit]) -> list[Unit]:
    by_id = {unit.sensor_id: unit for unit in told}
    return [by_id.get(unit.sensor_id, unit) for unit in units]
