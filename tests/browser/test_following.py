"""Pages that follow: what is new appears by itself, and whoever is working on a page is not disturbed."""

from collector import clock
from collector.page.live.hub import RETRY_MS
from collector.people.book import People
from collector.people.user import Role
from collector.records.audit import Audit, Event
from tools.browsing.chromium import SignedIn
from tools.browsing.stage import Stage

SHOWN = "wanted => document.getElementById('{}').innerText.includes(wanted)"


def record(stage: Stage, what: str) -> None:
    """Somebody does something elsewhere."""
    Audit(stage.line.open().registry.engine).append(Event("cli:test", "set", what), clock.now_ms())


def test_what_is_new_appears_by_itself_and_what_was_opened_stays_open(signed_in: SignedIn) -> None:
    operator = signed_in(Role.OPERATOR)
    page = operator.visit("/operation")
    page.locator("details.figure summary").first.click()
    page.evaluate("document.activeElement.blur(); document.getElementById('well').was = true")
    page.wait_for_function("() => !document.getElementById('well').was")
    assert page.locator("details.figure").first.get_attribute("open") is not None
    page = operator.visit("/operation/audit")
    with page.expect_request("**/operation/audit"):
        # Again and again: what comes before the first look is no news.
        for number in range(4):
            record(operator.stage, f"thing-{number}")
            page.wait_for_timeout(1000)
    page.wait_for_function(SHOWN.format("entries"), arg="thing-1")


def test_a_part_waits_while_somebody_has_the_focus_in_it(signed_in: SignedIn) -> None:
    page = signed_in(Role.OPERATOR).visit("/operation")
    page.locator("#well a").first.focus()
    page.evaluate("document.getElementById('well').was = true")
    page.wait_for_timeout(6500)  # the operator hears something every five seconds
    assert page.evaluate("document.getElementById('well').was") is True
    page.evaluate("document.activeElement.blur()")
    page.wait_for_function("() => !document.getElementById('well').was")


def test_a_page_whose_session_is_over_asks_no_more(signed_in: SignedIn) -> None:
    """A stream of our own beside the page's hears that it is over; the page's would be back after RETRY_MS."""
    technician = signed_in(Role.TECHNICIAN)
    page = technician.visit("/fleet")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        "() => new Promise((opened) => { const live = new EventSource('/live');"
        " window.over = new Promise((told) =>"
        " live.addEventListener('over', () => { live.close(); told(true); }));"
        " live.addEventListener('open', () => opened()); })"
    )
    assert any(url.endswith("/live") for url in asked)
    People(technician.stage.line.open().registry.engine).end_sessions("technician", "cli:test", clock.now_ms())
    assert page.evaluate("window.over") is True
    asked.clear()
    page.wait_for_timeout(RETRY_MS + 2000)
    assert not [url for url in asked if url.endswith("/live")]
