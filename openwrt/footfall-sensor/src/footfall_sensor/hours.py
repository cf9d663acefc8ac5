"""Hours: whether the place is open now, by the collector's last word. While it is closed nobody listens."""

from dataclasses import dataclass

Spans = tuple[tuple[int, int], ...]  # begin and end, UTC ms


@dataclass(slots=True)
class Hours:
    """Open spans of the days to come. They reach beyond the epoch's end, for a unit that is cut off for some days."""

    known: bool = False  # whether the collector has said anything since the start
    _spans: Spans | None = None  # None: the place never closes

    def note(self, spans: Spans | None) -> None:
        """What the running epoch says."""
        self.known, self._spans = True, spans

    def closed(self, utc_ms: int) -> bool:
        """Whether nobody may be sensed at this time; also where a cut-off unit no longer knows."""
        if self._spans is None:
            return False
        return not any(start_ms <= utc_ms < end_ms for start_ms, end_ms in self._spans)
