"""Letters arrive, signed and whole; what does not arrive is tried again, longer apart, and in the end given up."""

import json
import time
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from mailboxes import Mailbox
from standardwebhooks import Webhook

from collector.delivery.letter import Attachment, Letter
from collector.delivery.outbox import RETRY_S, Outbox
from collector.delivery.postman import Postman
from collector.delivery.target import LANGUAGES, Rhythm, Target, Way, check
from collector.delivery.targets import Targets
from collector.errors import DeliveryError
from collector.page import language as page_language

from .conftest import Hook

NOW_MS = 1_800_000_000_000
LETTER = Letter(
    "report.daily",
    "Shop:\nyesterday",
    "120 visitors",
    {"site": "shop"},
    "<p>120 visitors",
    (Attachment("report.pdf", "application/pdf", b"%PDF-1.7 \0"),),
)


def postman(targets: Targets, outbox: Outbox, mailbox: Mailbox | None = None) -> Postman:
    """A postman; its clock may be years off the wall, as here."""
    return Postman(targets, outbox, f"smtp://127.0.0.1:{mailbox.port}" if mailbox else "", "footfall@example.org")


def somebody(targets: Targets, address: str) -> tuple[Target, str]:
    """A target that is told of alerts."""
    way = Way.WEBHOOK if "://" in address else Way.EMAIL
    return targets.add(Target("default", "", way, address, alerts=True), "cli:test", NOW_MS)


def test_a_mail_arrives_with_text_page_and_attachment(targets: Targets, outbox: Outbox, mailbox: Mailbox) -> None:
    """Through a real mail server; no header can be put into its subject."""
    target, _ = somebody(targets, "me@example.org")
    post = postman(targets, outbox, mailbox)
    post.tell(LETTER, [target], NOW_MS)
    post.round(NOW_MS)
    mail = message_from_bytes(mailbox.mails[0], policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("me@example.org", "Shop: yesterday")
    assert mail.get_body(("plain",)).get_content().strip() == "120 visitors"  # type: ignore[union-attr]
    assert [part.get_content() for part in mail.iter_attachments()] == [b"%PDF-1.7 \0"]  # type: ignore[attr-defined]
    assert [one.state for one in outbox.recent()] == ["sent"]


def test_a_webhook_is_verified_by_the_standards_own_library(targets: Targets, outbox: Outbox, hook: Hook) -> None:
    """With the secret that was shown once; a changed byte is found."""
    target, secret = somebody(targets, hook.url)
    assert secret.startswith("whsec_")
    post = postman(targets, outbox)
    post.tell(LETTER, [target], now_ms := time.time_ns() // 1_000_000)
    post.round(now_ms)
    headers, body = hook.got[0]
    said = Webhook(secret).verify(body, headers)
    assert (said["type"], said["data"]["subject"]) == ("report.daily", "Shop:\nyesterday")
    with pytest.raises(Exception, match="signature"):
        Webhook(secret).verify(body.replace(b"daily", b"dairy"), headers)


def test_what_does_not_arrive_is_tried_again_and_at_last_given_up(targets: Targets, outbox: Outbox, hook: Hook) -> None:
    """On the standard's schedule, under one id; and can be tried by hand then."""
    target, _ = somebody(targets, hook.url)
    post = postman(targets, outbox)
    hook.answer = 503
    post.tell(LETTER, [target], NOW_MS)
    now_ms = NOW_MS
    for wait_s in (0, *RETRY_S):
        now_ms += wait_s * 1000
        post.round(now_ms - 1 if wait_s else now_ms)
        post.round(now_ms)
    (kept,) = outbox.recent()
    assert (kept.state, kept.attempts) == ("given up", len(RETRY_S) + 1)
    assert "503" in kept.says
    assert len(hook.got) == len(RETRY_S) + 1
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    hook.answer = 200
    outbox.retry(kept.id, now_ms)
    post.round(now_ms)
    assert outbox.recent()[0].state == "sent"
    with pytest.raises(DeliveryError, match="no letter"):
        outbox.retry(kept.id, now_ms)


def test_who_answers_that_he_wants_no_more_gets_no_more(targets: Targets, outbox: Outbox, hook: Hook) -> None:
    """410 is for good."""
    target, _ = somebody(targets, hook.url)
    hook.answer = 410
    post = postman(targets, outbox)
    post.tell(LETTER, [target], NOW_MS)
    post.round(NOW_MS)
    assert (outbox.recent()[0].state, len(hook.got)) == ("given up", 1)


def test_one_who_refuses_keeps_no_other_waiting(
    targets: Targets, outbox: Outbox, mailbox: Mailbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    """And the reason is what the mail server said; the log has it without the address."""
    bad, _ = somebody(targets, "nobody@example.org")
    good, _ = somebody(targets, hook.url)
    post = postman(targets, outbox, mailbox)
    post.tell(LETTER, [bad, good], NOW_MS)
    post.round(NOW_MS)
    states = {one.target_id: one for one in outbox.recent()}
    assert (states[bad.id].state, states[good.id].state) == ("waiting", "sent")
    assert "no such mailbox here: nobody@example.org. Remove the target" in states[bad.id].says
    assert "no such mailbox here: the address. Remove the target" in caplog.text
    assert "nobody@" not in caplog.text


def test_without_a_mail_server_it_says_which_setting_is_wanted(targets: Targets, outbox: Outbox) -> None:
    """Not a stack trace."""
    target, _ = somebody(targets, "me@example.org")
    post = postman(targets, outbox)
    post.tell(LETTER, [target], NOW_MS)
    post.round(NOW_MS)
    assert "smtp_url" in outbox.recent()[0].says


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("me@", "no mail address"),
        ("me@example.org, you@example.org", "no mail address"),
        ("me@example.org\nBcc: x@example.org", "printable"),
        ("http://example.org/hook", "https is wanted"),
        ("https://user:secret@example.org/", "without user and password"),
        ("ftp://example.org/", "https is wanted"),
        ("https://", "is wanted as in"),
    ],
)
def test_an_address_is_checked_before_it_is_kept(address: str, words: str) -> None:
    """By the form that its way wants; nothing readable on the way but within the house."""
    way = Way.WEBHOOK if "://" in address else Way.EMAIL
    with pytest.raises(DeliveryError, match=words):
        check(Target("default", "", way, address, alerts=True))
    check(Target("default", "", Way.WEBHOOK, "http://192.168.1.5:9000/hook", report=Rhythm.DAILY))


def test_a_target_is_told_in_a_language_that_is_spoken(targets: Targets) -> None:
    assert tuple(page_language.LANGUAGES) == LANGUAGES, "those of the pages, the source first"
    german = replace(somebody(targets, "me@example.org")[0], site="shop", language="de")
    kept, _ = targets.add(german, "cli:test", NOW_MS)
    assert targets.find(kept.id).language == "de"
    with pytest.raises(DeliveryError, match="'fr' is no language of Footfall; it speaks en, de"):
        check(replace(german, language="fr"))


def test_a_target_is_kept_once_and_its_secret_is_sealed(targets: Targets, outbox: Outbox, hook: Hook) -> None:
    """Nothing in the registry holds it; removed, its letters go too."""
    target, secret = somebody(targets, hook.url)
    with pytest.raises(DeliveryError, match="is told already"):
        somebody(targets, hook.url)
    raw = b"".join(path.read_bytes() for path in targets._vault.path.parent.glob("registry.sqlite*"))
    assert secret.removeprefix("whsec_").encode() not in raw
    assert targets.secret(target) == secret
    outbox.put(LETTER, target.id, NOW_MS)
    targets.remove(target.id, "cli:test", NOW_MS)
    assert (targets.all(), outbox.recent()) == ([], [])


def test_a_letter_is_packed_and_unpacked_whole() -> None:
    """Attachments byte for byte; one that is too big is refused before it waits."""
    assert Letter.unpack(LETTER.pack()) == LETTER
    with pytest.raises(DeliveryError, match="too big"):
        Letter("x", "x", "x", {}, "y" * (9 << 20)).pack()
    assert json.loads(LETTER.pack())["event"] == "report.daily"
