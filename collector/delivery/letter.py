"""A letter: what somebody is told, in the forms that its way needs. It carries no personal data: whoever writes one
takes it from released numbers or from the state of sensors."""

import base64
import json
from dataclasses import dataclass, field

from ..errors import DeliveryError

SIZE_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str  # application/pdf
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to be told."""

    event: str  # alert.raised, alert.ended, report.daily, test: what a webhook's receiver sorts by
    subject: str
    text: str
    data: dict[str, object]  # for webhooks: values that JSON knows
    html: str = ""
    attachments: tuple[Attachment, ...] = ()

    def pack(self) -> bytes:
        """As it waits in the registry. Raises DeliveryError for one that is too big."""
        said = {
            "event": self.event,
            "subject": self.subject,
            "text": self.text,
            "data": self.data,
            "html": self.html,
            "attachments": [
                [one.name, one.media_type, base64.b64encode(one.content).decode()] for one in self.attachments
            ],
        }
        packed = json.dumps(said).encode()
        if len(packed) > SIZE_MAX:
            raise DeliveryError(f"a letter of {len(packed) >> 20} MiB is too big to be sent: take fewer days or sites")
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> "Letter":
        """The letter that was packed."""
        said = json.loads(packed)
        attachments = tuple(
            Attachment(name, media_type, base64.b64decode(content)) for name, media_type, content in said["attachments"]
        )
        return cls(said["event"], said["subject"], said["text"], said["data"], said["html"], attachments)
