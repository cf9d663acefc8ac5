"""The postman: takes letters to their targets, one after another, within a running collector."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError

from ..errors import DeliveryError, VaultError
from ..ingest.address import BrokerAddress
from ..options.mail_server import MailServer
from . import mail, mqtt, webhook
from .brokers import Brokers
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

    def __init__(
        self,
        targets: Targets,
        outbox: Outbox,
        smtp_url: str,
        mail_from: str,
        own: Callable[[], BrokerAddress] | None = None,
    ) -> None:
        """own: how the collector's own broker is reached."""
        self._brokers = Brokers(targets, own)
        self._targets, self.outbox = targets, outbox
        self._server = MailServer.parse(smtp_url) if smtp_url else None
        self._mail_from = mail_from

    def tell(self, letter: Letter, targets: list[Target], now_ms: int) -> None:
        """Put a letter on its way to each of them."""
        for target in targets:
            self.outbox.put(letter, target.id, now_ms, in_turn=target.way is Way.MQTT)

    def round(self, now_ms: int) -> None:
        """Deliver what is due now. What does not arrive is tried again later; a log line tells."""
        targets = {target.id: target for target in self._targets.all()}
        in_turn: dict[int, list[tuple[Sending, Letter]]] = defaultdict(list)
        for sending, letter in self.outbox.due(now_ms):
            target = targets.get(sending.target_id)
            if target is None:  # removed a moment ago, and its letters with it
                continue
            if target.way is Way.MQTT:
                in_turn[target.id].append((sending, letter))
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

        for number, some in in_turn.items():
            self._publish(targets[number], some, now_ms)

    def again(self, standing: Sequence[tuple[Target, Letter]], now_ms: int) -> None:
        """Say to brokers what stands: what they keep of it is whole again, whatever they or we have lost.

        What waits for a broker that took it is tried now.
        """
        of_target: dict[Target, list[Letter]] = defaultdict(list)
        for target, letter in standing:
            of_target[target].append(letter)
        for target, letters in of_target.items():
            try:
                place = self._brokers.place(target)
                with mqtt.session(place) as session:
                    for letter in letters:
                        session.say(mqtt.messages(letter, place.prefix, target.tenant, now_ms))
            except (DeliveryError, VaultError) as exc:
                log.debug("alerts are not said again to target %d: %s", target.id, exc)  # the letters tell of it
            else:
                self.outbox.hurry(target.id, now_ms)

    def _publish(self, target: Target, some: Sequence[tuple[Sending, Letter]], now_ms: int) -> None:
        """One after another: an end that overtook its beginning would leave an alert standing for ever."""
        left = list(some)
        try:
            place = self._brokers.place(target)
            with mqtt.session(place) as session:
                while left:
                    sending, letter = left[0]
                    session.say(mqtt.messages(letter, place.prefix, target.tenant, now_ms))
                    self.outbox.sent(sending, now_ms)
                    left.pop(0)
        except (DeliveryError, VaultError) as exc:
            failed = self.outbox.failed(left[0][0], str(exc), now_ms)
            self._say(failed, target)
            if failed.due_ms is not None:
                self.outbox.hold(target.id, failed.due_ms)

    def deliver(self, letter: Letter, target: Target, letter_id: str, now_ms: int) -> None:
        """Deliver one letter now. Raises DeliveryError, VaultError."""
        if target.way is Way.MQTT:
            place = self._brokers.place(target)
            with mqtt.session(place) as session:
                session.say(mqtt.messages(letter, place.prefix, target.tenant, now_ms))
            return
        if target.way is Way.WEBHOOK:
            webhook.send(letter, target.address, self._targets.secret(target), letter_id, now_ms)
            return
        if self._server is None or not self._mail_from:
            raise DeliveryError("no mail goes out: set smtp_url and mail_from in collector.toml")
        mail.send(mail.compose(letter, self._mail_from, target.address, letter_id, now_ms), self._server)

    def _say(self, sending: Sending, target: Target) -> None:
        after = "given up" if sending.due_ms is None else "tried again later"
        log.warning("letter %s to target %d: %s; %s", sending.id, target.id, _bare(sending.says, target), after)


def _bare(says: str, target: Target) -> str:
    """What went wrong, without the address: a mail server repeats it, and a log is no place for it."""
    return says.replace(target.address, "the address").rstrip(".")


def rounds(
    postman: Postman,
    now_ms: Callable[[], int],
    stopping: threading.Event,
    standing: Callable[[], Sequence[tuple[Target, Letter]]] = tuple,
) -> None:
    """Go round until told to stop; a thread of its own, since a mail server may let one wait.

    standing: what brokers keep of alerts; said again by the thread that says their end, so that it cannot be late.
    """
    tidied = said_again = 0
    while not stopping.wait(ROUND_S):
        try:
            postman.round(now_ms())
            if now_ms() - said_again > mqtt.SAY_AGAIN_S * 1000:
                postman.again(standing(), now_ms())
                said_again = now_ms()
            if now_ms() - tidied > TIDY_MS:
                postman.outbox.tidy(now_ms())
                tidied = now_ms()
        except OperationalError as exc:
            log.warning("letters: the registry cannot be used: %s; tried again in %g s", exc.orig, ROUND_S)
