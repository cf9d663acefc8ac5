"""The postman: takes letters to their targets, one after another, within a running collector."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from ..errors import DeliveryError, VaultError
from ..mail_server import MailServer
from . import mail, webhook
from .letter import Letter
from .outbox import Outbox, Sending
from .target import Target, Way
from .targets import Targets
from .webhook import Unwanted

log = logging.getLogger(__name__)


ROUND_S = 5.0
TIDY_MS = 3_600_000


class Postman:
    """Delivers what is due."""

    def __init__(self, targets: Targets, outbox: Outbox, smtp_url: str, mail_from: str) -> None:
        self._targets, self.outbox = targets, outbox
        self._server = MailServer.parse(smtp_url) if smtp_url else None
        self._mail_from = mail_from

    def tell(self, letter: Letter, targets: list[Target], now_ms: int) -> None:
        """Put a letter on its way to each of them."""
        for target in targets:
            self.outbox.put(letter, target.id, now_ms)

    def round(self, now_ms: int) -> None:
        """Deliver what is due now. What does not arrive is tried again later; a log line tells."""
        targets = {target.id: target for target in self._targets.all()}
        for sending, letter in self.outbox.due(now_ms):
            target = targets.get(sending.target_id)
            if target is None:  # removed a moment ago, and its letters with it
                continue
            try:
                self.deliver(letter, target, sending.id, now_ms)
            except Unwanted as exc:
                self.outbox.failed(sending, str(exc), now_ms, for_good=True)
                log.warning("letter %s to target %d: %s; not tried again", sending.id, target.id, exc)
            except (DeliveryError, VaultError) as exc:
                self._say(self.outbox.failed(sending, str(exc), now_ms), target)
            else:
                self.outbox.sent(sending, now_ms)

    def deliver(self, letter: Letter, target: Target, letter_id: str, now_ms: int) -> None:
        """Deliver one letter now. Raises DeliveryError, VaultError."""
        if target.way is Way.WEBHOOK:
            webhook.send(letter, target.address, self._targets.secret(target), letter_id, now_ms)
            return
        if self._server is None or not self._mail_from:
            raise DeliveryError("no mail goes out: set smtp_url and mail_from in collector.toml")
        mail.send(mail.compose(letter, self._mail_from, target.address, letter_id, now_ms), self._server)

    def _say(self, sending: Sending, target: Target) -> None:
        after = "given up" if sending.due_ms is None else "tried again later"
        log.warning("letter %s to target %d: %s; %s", sending.id, target.id, sending.says, after)


def rounds(postman: Postman, now_ms: Callable[[], int], stopping: threading.Event) -> None:
    """Go round until told to stop; a thread of its own, since a mail server may let one wait."""
    tidied = 0
    while not stopping.wait(ROUND_S):
        try:
            postman.round(now_ms())
            if now_ms() - tidied > TIDY_MS:
                postman.outbox.tidy(now_ms())
                tidied = now_ms()
        except OperationalError as exc:
            log.warning("letters: the registry cannot be used: %s", exc.orig)
