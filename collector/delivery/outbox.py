"""The letters that are on their way: each is tried again and again, longer apart, and in the end given up and kept."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, Row, delete, func, insert, or_, select, update

from .. import schema
from ..database import writing
from ..errors import DeliveryError
from .letter import Letter

# Standard Webhooks' schedule: seconds from one attempt to the next. After the last one a letter is given up.
RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
WAITING_MAX = 10_000
KEPT_MS = 30 * 86_400_000  # sent or given up: so long they are listed


@dataclass(frozen=True, slots=True)
class Sending:
    """A letter and what became of it so far."""

    id: str
    target_id: int
    subject: str
    made_ms: int
    due_ms: int | None
    attempts: int
    sent_ms: int | None
    says: str

    @property
    def state(self) -> str:
        """waiting, sent or given up."""
        return "sent" if self.sent_ms is not None else "waiting" if self.due_ms is not None else "given up"


class Outbox:
    """Reads and writes of letters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, letter: Letter, target_id: int, now_ms: int, in_turn: bool = False) -> str:
        """Send a letter from now on; its id. Raises DeliveryError where too many wait.

        in_turn: not before those that wait for the same target.
        """
        letter_id = f"msg_{secrets.token_hex(12)}"
        table = schema.letters
        with writing(self._engine).begin() as connection:
            waiting = connection.execute(select(func.count()).where(table.c.due_ms.is_not(None))).scalar_one()
            if waiting >= WAITING_MAX:
                raise DeliveryError(
                    f"{waiting} letters wait already: is the mail server down? collector notify letters"
                )
            before = select(func.max(table.c.due_ms)).where(table.c.target_id == target_id)
            last_ms = connection.execute(before).scalar_one() if in_turn else None
            values = {
                "id": letter_id,
                "target_id": target_id,
                "content": letter.pack(),
                "subject": letter.subject[:200],
                "made_ms": now_ms,
                "due_ms": max(now_ms, last_ms or 0),
                "attempts": 0,
                "says": "",
            }
            connection.execute(insert(table).values(**values))
        return letter_id

    def due(self, now_ms: int, most: int = 50) -> list[tuple[Sending, Letter]]:
        """The letters whose time has come, oldest first."""
        table = schema.letters
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(table).where(table.c.due_ms <= now_ms).order_by(table.c.due_ms, table.c.made_ms).limit(most)
            ).all()
        return [(_sending(row), Letter.unpack(row.content)) for row in rows]

    def sent(self, sending: Sending, now_ms: int) -> None:
        """It has arrived."""
        self._change(sending, due_ms=None, sent_ms=now_ms, attempts=sending.attempts + 1, says="", content=b"")

    def failed(self, sending: Sending, says: str, now_ms: int, for_good: bool = False) -> Sending:
        """It has not; tried again later, or given up."""
        attempts = sending.attempts + 1
        again = None if for_good or attempts > len(RETRY_S) else now_ms + RETRY_S[attempts - 1] * 1000
        self._change(sending, due_ms=again, attempts=attempts, says=says[:500])
        return Sending(
            sending.id, sending.target_id, sending.subject, sending.made_ms, again, attempts, None, says[:500]
        )

    def hold(self, target_id: int, until_ms: int) -> None:
        """Let what waits for a target wait so long at least: what goes in turn waits for the one before it."""
        table = schema.letters
        with writing(self._engine).begin() as connection:
            earlier = (table.c.target_id == target_id) & (table.c.due_ms < until_ms)
            connection.execute(update(table).where(earlier).values(due_ms=until_ms))

    def hurry(self, target_id: int, now_ms: int) -> None:
        """Try what waits for a target now: it can be reached again."""
        table = schema.letters
        with writing(self._engine).begin() as connection:
            connection.execute(
                update(table).where(table.c.target_id == target_id, table.c.due_ms > now_ms).values(due_ms=now_ms)
            )

    def retry(self, letter_id: str, now_ms: int) -> None:
        """Try one again that was given up. Raises DeliveryError."""
        table = schema.letters
        with writing(self._engine).begin() as connection:
            statement = update(table).where(table.c.id == letter_id, table.c.sent_ms.is_(None))
            if connection.execute(statement.values(due_ms=now_ms, attempts=0)).rowcount == 0:
                raise DeliveryError(f"no letter {letter_id} waits or was given up: footfall collector notify letters")

    def recent(self, most: int = 100) -> list[Sending]:
        """The newest letters."""
        table = schema.letters
        with self._engine.begin() as connection:
            rows = connection.execute(select(table).order_by(table.c.made_ms.desc()).limit(most))
            return [_sending(row) for row in rows]

    def tidy(self, now_ms: int) -> None:
        """Forget what was sent or given up long ago."""
        table = schema.letters
        old = table.c.made_ms < now_ms - KEPT_MS
        over = or_(table.c.sent_ms.is_not(None), table.c.due_ms.is_(None))
        with writing(self._engine).begin() as connection:
            connection.execute(delete(table).where(old, over))

    def _change(self, sending: Sending, **values: object) -> None:
        with writing(self._engine).begin() as connection:
            connection.execute(update(schema.letters).where(schema.letters.c.id == sending.id).values(**values))


def _sending(row: Row[tuple[object, ...]]) -> Sending:
    return Sending(row.id, row.target_id, row.subject, row.made_ms, row.due_ms, row.attempts, row.sent_ms, row.says)
