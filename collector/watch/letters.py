"""What is told of an alert, in the language of who is told. Pure: who knows languages says the sentences."""

from collections.abc import Callable, Iterator

from ..delivery.letter import Letter
from .alerts import Alert

TOLD = ("id", "tenant", "site", "sensor", "state", "since_ms", "ended_ms", "says", "do", "sensors")  # to webhooks
Say = Callable[[str], str]  # a sentence as the receiver reads it


def letter(event: str, alert: Alert, say: Say = str) -> Letter:
    """What is told of an alert. The values for webhooks stay English: programs read them."""
    over = event == "alert.ended"
    data = {name: value for name, value in alert.as_json().items() if name in TOLD}
    headline = subject(alert, say)
    return Letter(event, _over(headline, say) if over else headline, "".join(_text(alert, over, say)), data)


def subject(alert: Alert, say: Say = str) -> str:
    """An alert in a line."""
    where = "/".join(part for part in (alert.cause.site, alert.cause.sensor) if part) or alert.cause.tenant
    return f"{where} {say(alert.cause.state)}: {say(alert.says)}"


def _over(headline: str, say: Say) -> str:
    return say(f"Over: {headline}")


def _text(alert: Alert, over: bool, say: Say) -> Iterator[str]:
    if over:
        yield say(f"It is over: {say(alert.says)}.") + "\n\n"
    else:
        yield f"{say(alert.says)}.\n\n"
        yield say(f"To do: {say(alert.do)}.") + "\n\n"
    if alert.sensors:
        yield say(f"Sensors: {', '.join(alert.sensors)}") + "\n"


def trial(say: Say = str) -> Letter:
    """A letter that shows whether letters arrive."""
    text = say("This is a test. Whoever reads it would be told of alerts and reports.")
    return Letter("test", say("Footfall: a test"), text, {})
