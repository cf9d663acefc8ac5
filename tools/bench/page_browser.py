"""A first view in Chromium: milliseconds to the first paint with content, plain, and slowed down to a phone's."""

from collections.abc import Mapping

from playwright.sync_api import Browser

from tools.browsing.chromium import DESK, PHONE, chromium, found

# A phone on a fair mobile network, as browsers' own tools simulate it: processor, round trip, both ways.
SLOWER, LATENCY_MS, DOWN_BYTES_S, UP_BYTES_S = 4, 60, 9_000_000 / 8, 1_500_000 / 8
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def first_paint(url: str, warm: str, paths: Mapping[str, tuple[str, bool]], session: str) -> dict[str, float]:
    """Milliseconds by name, with an empty cache, of pages that nobody has looked at before; (path, as on a phone).

    warm: a page that makes the browser itself warm. Empty where there is no Chromium.
    """
    if found() is None:
        return {}
    with chromium() as browser:
        _paint(browser, url, warm, session, phone=False)
        return {name: _paint(browser, url, path, session, phone=phone) for name, (path, phone) in paths.items()}


def _paint(browser: Browser, url: str, path: str, session: str, phone: bool) -> float:
    width, height = PHONE if phone else DESK
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": "footfall", "value": session, "url": url}])
    page = context.new_page()
    if phone:
        tools = context.new_cdp_session(page)
        tools.send("Network.enable")
        slow = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN_BYTES_S}
        tools.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": UP_BYTES_S})
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url + path)
    # As a function: a bare expression is evaluated anew by `eval`, which the pages' own policy forbids.
    page.wait_for_function(f"() => ({PAINT}) > 0")
    painted = float(page.evaluate(PAINT))
    context.close()
    return painted
