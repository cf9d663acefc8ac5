"""Debian's Chromium, without a window, and what went wrong in it while a page was open."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response, sync_playwright

from collector.people.user import Role

from ..errors import ToolError
from .stage import Stage

PATHS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb")
PHONE, DESK = (390, 844), (1280, 900)  # CSS pixels
WAIT_MS = 20_000.0
LATER, LOOKS_MAX, LOOK_MS = 503, 60, 500.0  # the answer of a page that is still being put together
COOKIE = "footfall"


def found() -> str | None:
    """The browser's path."""
    return next((path for path in map(shutil.which, PATHS) if path), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. Raises ToolError: there is none, or it does not start."""
    path = found()
    if path is None:
        raise ToolError("Chromium is not installed. Type: apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        except Error as exc:
            raise ToolError(f"Chromium does not start: {exc.message.splitlines()[0]}") from exc
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Visitor:
    """Somebody at a browser with cookies of their own."""

    stage: Stage
    context: BrowserContext
    page: Page
    troubles: list[str] = field(default_factory=list)  # console errors, violated policy, faults of scripts
    codes: dict[str, int] = field(default_factory=dict)  # the last status by path

    def visit(self, path: str) -> Page:
        """Go to a path of the stage and wait until the page has loaded."""
        answer = self.settled(self.page.goto(self.stage.url + path))
        if answer is not None:
            self.codes[path] = answer.status
        return self.page

    def settled(self, answer: Response | None) -> Response | None:
        """The page itself, where an answer says "One moment": on a busy machine it does, and looks again by itself."""
        for _ in range(LOOKS_MAX):
            if answer is None or answer.status != LATER or "retry-after" not in answer.headers:
                break
            self.troubles[:] = [one for one in self.troubles if f"status of {LATER}" not in one]
            self.page.wait_for_timeout(LOOK_MS)
            answer = self.page.reload()
        return answer


SignedIn = Callable[..., Visitor]  # of a role, and what `visitor` takes else


def visitor(
    browser: Browser,
    stage: Stage,
    role: Role | None = None,
    size: tuple[int, int] = DESK,
    scripts: bool = True,
    dark: bool = False,
    language: str = "en-GB",
) -> Visitor:
    """Open a browser window for somebody of this role who has signed in; None: who has not."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        has_touch=size == PHONE,
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        locale=language,
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS)
    if role is not None:
        context.add_cookies([{"name": COOKIE, "value": stage.session(role), "url": stage.url}])
    made = Visitor(stage, context, context.new_page())

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            made.troubles.append(message.text)

    made.page.on("console", heard)
    made.page.on("pageerror", lambda error: made.troubles.append(str(error)))
    return made
