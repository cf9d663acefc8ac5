"""The quarantine: messages that were not let in, with the reason; bounded, oldest out first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, insert, select

from . import schema
from .database import writing

MESSAGES_MAX = 10_000
PAYLOAD_BYTES_MAX = 4096  # what is kept of a message: enough to see what it is


@dataclass(frozen=True, slots=True)
class Held:
    """A message that was refused."""

    id: int
    received_ms: int
    topic: str
    reason: str
    says: str
    payload: bytes


class Quarantine:
    """Refused messages in the registry database."""

    def __init__(self, engine: Engine, messages_max: int = MESSAGES_MAX) -> None:
        self._engine = engine
        self._messages_max = messages_max

    def hold(self, messages: Sequence[Held]) -> None:
        """Keep messages (their id is given here), at the cost of the oldest beyond the limit."""
        if not messages:
            return
        table = schema.quarantine
        with writing(self._engine).begin() as connection:
            connection.execute(
                insert(table),
                [
                    {
                        "received_ms": held.received_ms,
                        "topic": held.topic[:256],
                        "reason": held.reason,
                        "says": held.says,
                        "payload": held.payload[:PAYLOAD_BYTES_MAX],
                    }
                    for held in messages
                ],
            )
            newest = connection.scalar(select(func.max(table.c.id))) or 0
            connection.execute(delete(table).where(table.c.id <= newest - self._messages_max))

    def list(self, newest: int = 100) -> list[Held]:
        """The newest messages, newest first."""
        wanted = select(schema.quarantine).order_by(schema.quarantine.c.id.desc()).limit(newest)
        with self._engine.begin() as connection:
            return [Held(**row._mapping) for row in connection.execute(wanted)]

    def count(self) -> dict[str, int]:
        """Held messages by reason."""
        table = schema.quarantine
        wanted = select(table.c.reason, func.count()).group_by(table.c.reason)
        with self._engine.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}
