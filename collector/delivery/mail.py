"""A letter as mail, handed in at the mail server of the settings."""

import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from ..errors import DeliveryError
from ..options.mail_server import MailServer
from .letter import Letter

WAIT_S = 20


def compose(letter: Letter, sender: str, to: str, letter_id: str, now_ms: int) -> EmailMessage:
    """The message of a letter. The same letter has the same Message-ID each time it is tried."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = Address("Footfall", addr_spec=sender)
    message["To"] = to
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
    message["Message-ID"] = f"<{letter_id}@{sender.partition('@')[2] or make_msgid()}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for one in letter.attachments:
        kind, _, subtype = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    return message


def send(message: EmailMessage, server: MailServer) -> None:
    """Hand a message in. Raises DeliveryError with what the server said; never with a password."""
    try:
        with _connected(server) as smtp:
            if not server.tls and (not server.local or smtp.has_extn("starttls")):
                smtp.starttls(context=ssl.create_default_context())
            if server.user:
                smtp.login(server.user, server.password)
            smtp.send_message(message)
    except smtplib.SMTPNotSupportedError as exc:
        raise DeliveryError(f"{server.host} does not offer STARTTLS or a login: is the port right?") from exc
    except smtplib.SMTPAuthenticationError as exc:
        raise DeliveryError(
            f"{server.host} refuses user and password of smtp_url; mend them in collector.toml"
        ) from exc
    except smtplib.SMTPRecipientsRefused as exc:
        said = next(iter(exc.recipients.values()), (0, b""))
        raise DeliveryError(
            f"{server.host} refuses the address: {_text(said[1])}. Remove the target, or add it with another address"
        ) from exc
    except smtplib.SMTPResponseException as exc:
        raise DeliveryError(
            f"{server.host} answers {exc.smtp_code}: {_text(exc.smtp_error)}. Look at that mail server's own log"
        ) from exc
    except (smtplib.SMTPException, OSError) as exc:
        raise DeliveryError(
            f"no mail goes out by {server.host}, port {server.port}: {exc}"
            ". Is smtp_url right, and does that server run?"
        ) from exc


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=WAIT_S, context=ssl.create_default_context())
    return smtplib.SMTP(server.host, server.port, timeout=WAIT_S)


def _text(said: bytes | str) -> str:
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:200]
