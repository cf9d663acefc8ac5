"""A letter as webhook, signed as Standard Webhooks 1.0 says: receivers verify it with any of that standard's libraries.

Headers webhook-id (the same at each attempt: a receiver knows what it has), webhook-timestamp, webhook-signature =
"v1," + base64(HMAC-SHA256(secret, id "." timestamp "." body)). Source: standardwebhooks.com, specification.
"""

import base64
import json
import secrets
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from ..errors import DeliveryError
from .letter import Letter

WAIT_S = 15
GONE = 410  # the standard: the receiver wants no more
PREFIX = "whsec_"
SECRET_BYTES = 24
ANSWER_MAX = 200


class Unwanted(DeliveryError):
    """The receiver wants no more letters at all."""


def new_secret() -> str:
    """A secret as the standard writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def body(letter: Letter, now_ms: int) -> str:
    """What is posted: type, timestamp and data, as the standard recommends. Attachments are not posted."""
    when = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    said = {"type": letter.event, "timestamp": when, "data": {"subject": letter.subject, **letter.data}}
    return json.dumps(said, separators=(",", ":"))


def send(letter: Letter, address: str, secret: str, letter_id: str, now_ms: int) -> None:
    """Post a letter. Raises DeliveryError with the answer; Unwanted where the receiver wants no more."""
    content = body(letter, now_ms)
    when = datetime.fromtimestamp(now_ms / 1000, UTC)
    headers = {
        "content-type": "application/json",
        "user-agent": "Footfall",
        "webhook-id": letter_id,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": Webhook(secret).sign(letter_id, when, content),
    }
    try:
        with httpx.Client(timeout=WAIT_S, follow_redirects=False, trust_env=False) as client:
            answer = client.post(address, content=content.encode(), headers=headers)
    except httpx.HTTPError as exc:
        raise DeliveryError(
            f"no answer: {type(exc).__name__}; is the address right, and does the receiver run?"
        ) from exc
    if answer.status_code == GONE:
        raise Unwanted("the receiver answers 410: it wants no more letters; remove the target, or ask its owner")
    if not 200 <= answer.status_code < 300:
        raise DeliveryError(
            f"the receiver answers {answer.status_code}: {answer.text[:ANSWER_MAX].strip()}"
            ". Look at the receiver's own log"
        )
