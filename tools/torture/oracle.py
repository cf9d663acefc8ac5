"""The oracle: what was emitted, held against what is stored. Pure; it shares no code with the store it judges.

lost      batches that were kept, and are neither stored, nor waiting, nor counted as dropped; or stored without a row
doubled   batches with a row more often than it was sent
invented  rows and keys that nobody sent, and batches that no store may take
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from footfall_sensor.errors import Malformed
from footfall_sensor.wire import batch, envelope
from footfall_sensor.wire.batch import Batch

from .evidence import Row, Sent, Start, Stored, Whole
from .journal import Key
from .rows import rows_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle found; `says` has a line for each kind of fault, with an example."""

    emitted: int
    stored: int
    waiting: int
    dropped: int
    poisoned: int
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    conservation_error: int = 0
    says: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.invented or self.conservation_error)


@dataclass(slots=True)
class _Findings:
    lost: set[Key] = field(default_factory=set)
    doubled: set[Key] = field(default_factory=set)
    invented: int = 0
    unbalanced: int = 0
    says: list[str] = field(default_factory=list)


def judge(sent: Sent, stored: Stored) -> Verdict:
    """Compare. A batch that was only meant may be stored or not: its sender died between the two notes."""
    good: dict[Key, Batch] = {}
    poison: set[Key] = set()
    for key, sealed in sent.meant.items():
        try:
            good[key] = batch.decode(envelope.unpack(sealed).body)
        except Malformed:
            poison.add(key)
    found = _Findings()
    found.says.extend(stored.broken)
    whole_starts = {whole.start for whole in sent.wholes}
    light = frozenset(key for key in stored.keys if key[:2] not in whole_starts)
    dropped = _keys(sent, good, poison, light, found)
    _rows(good, light, stored, {sensor for sensor, _ in whole_starts}, found)
    _wholes(sent.wholes, stored, found)
    _ledger(good, light, sent.wholes, stored, found)
    _epochs(good, light, sent.wholes, stored, found)
    return Verdict(
        emitted=len(sent.kept | light) + sum(whole.batches for whole in sent.wholes),
        stored=len(stored.keys),
        waiting=len(sent.kept - sent.left),
        dropped=dropped,
        poisoned=len(poison & sent.kept),
        lost=len(found.lost) + len(stored.broken),
        doubled=len(found.doubled),
        invented=found.invented,
        conservation_error=found.unbalanced,
        says=tuple(found.says),
    )


def _keys(sent: Sent, good: Mapping[Key, Batch], poison: set[Key], light: frozenset[Key], found: _Findings) -> int:
    """Batches against keys; returns how many are rightly gone."""
    strange = light - good.keys()
    if strange:
        found.invented += len(strange)
        found.says.append(f"{len(strange)} stored batches that were never sent, such as {_first(strange)}")
    waiting = sent.kept - sent.left
    missing: dict[str, set[Key]] = defaultdict(set)
    for key in (sent.kept & good.keys()) - light - waiting:
        missing[key.sensor].add(key)
    poisoned = Counter(key.sensor for key in poison & sent.left)
    dropped = 0
    for sensor, keys in missing.items():
        excused = max(0, sent.gone.get(sensor, 0) - poisoned[sensor])
        dropped += min(excused, len(keys))
        if len(keys) > excused:
            lost = sorted(keys)[excused:]
            found.lost.update(lost)
            found.says.append(f"{sensor}: {len(lost)} batches lost, such as {lost[0]}")
    return dropped


def _rows(
    good: Mapping[Key, Batch], light: frozenset[Key], stored: Stored, whole_sensors: set[str], found: _Findings
) -> None:
    """Rows of the batches that are stored, each against what was sent."""
    owner: dict[Row, Key] = {}
    windows: Counter[tuple[str, int]] = Counter()
    for key in light & good.keys():
        sent = good[key]
        turned_by = stored.turned_by.get(sent.epoch, b"")
        owner.update(dict.fromkeys(rows_of(key.sensor, sent.columns, sent.start_ms, turned_by), key))
        if sent.part == 0:
            windows[key.sensor, sent.start_ms] += 1
    mine = {row: count for row, count in stored.rows.items() if row[0] not in whole_sensors}
    missing = {owner[row] for row in owner.keys() - mine.keys()}
    twice = {owner[row] for row, count in mine.items() if count > 1 and row in owner}
    strange = mine.keys() - owner.keys()
    there = Counter({key: count for key, count in stored.windows.items() if key[0] not in whole_sensors})
    found.lost |= missing
    found.doubled |= twice
    found.invented += sum(mine[row] for row in strange) + (there - windows).total()
    found.unbalanced += (windows - there).total()
    for what, keys in (("without all their rows", missing), ("with rows twice", twice)):
        if keys:
            found.says.append(f"{len(keys)} batches {what}, such as {_first(keys)}")
    if strange:
        found.says.append(f"{len(strange)} rows that nobody sent, such as {next(iter(strange))}")
    if windows != there:
        found.says.append(f"windows differ: missing {windows - there}, too many {there - windows}"[:300])


def _wholes(wholes: Sequence[Whole], stored: Stored, found: _Findings) -> None:
    for whole in wholes:
        sensor, boot = whole.start
        wanted = {Key(sensor, boot, number) for number in range(whole.batches)}
        there = {key for key in stored.keys if key[:2] == whole.start}
        rows = {row: count for row, count in stored.rows.items() if row[0] == sensor}
        found.lost |= wanted - there
        found.invented += len(there - wanted) + max(0, len(rows) - whole.sightings)
        found.unbalanced += abs(sum(rows.values()) - whole.sightings)
        if sum(rows.values()) > len(rows):
            found.doubled.add(Key(sensor, boot, 0))
        if wanted != there or sum(rows.values()) != whole.sightings:
            found.says.append(
                f"{sensor}: sent {whole.batches} batches and {whole.sightings} sightings, stored {len(there)} and "
                f"{sum(rows.values())}"
            )


def _ledger(
    good: Mapping[Key, Batch], light: frozenset[Key], wholes: Sequence[Whole], stored: Stored, found: _Findings
) -> None:
    """The collector's own sums against the truth."""
    truth: dict[Start, tuple[int, int]] = {whole.start: (whole.batches, whole.sightings) for whole in wholes}
    for key in light & good.keys():
        batches, sightings = truth.get(key[:2], (0, 0))
        truth[key[:2]] = (batches + 1, sightings + len(good[key].columns))
    for start in truth.keys() | stored.ledger.keys():
        wanted, there = truth.get(start, (0, 0)), stored.ledger.get(start, (0, 0))
        if wanted != there:
            found.unbalanced += abs(wanted[0] - there[0]) + abs(wanted[1] - there[1])
            found.says.append(f"{start[0]}: the ledger has {there} batches and sightings, stored are {wanted}")


def _epochs(
    good: Mapping[Key, Batch], light: frozenset[Key], wholes: Sequence[Whole], stored: Stored, found: _Findings
) -> None:
    """The same by epoch; of a sensor that plays a capture it is not known which batch is of which."""
    truth: dict[tuple[str, bytes, str], tuple[int, int]] = {}
    for key in light & good.keys():
        made = good[key]
        batches, sightings = truth.get((*key[:2], made.epoch), (0, 0))
        truth[*key[:2], made.epoch] = (batches + 1, sightings + len(made.columns))
    played = {whole.start for whole in wholes}
    said = {epoch: sums for epoch, sums in stored.epochs.items() if epoch[:2] not in played}
    for epoch in truth.keys() | said.keys():
        wanted, there = truth.get(epoch, (0, 0)), said.get(epoch, (0, 0))
        if wanted != there:
            found.unbalanced += abs(wanted[0] - there[0]) + abs(wanted[1] - there[1])
            found.says.append(
                f"{epoch[0]}: of epoch {epoch[2]} the ledger has {there} batches and sightings, stored are {wanted}"
            )


def _first(keys: Iterable[Key]) -> Key:
    return min(keys)
