"""A sensor is put on a site's plan: by mouse, by finger, by arrow keys, by the form; and its zone is seen there."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from collector.people.user import Role
from collector.plans.book import Plans
from collector.plans.plan import Spot
from tools.browsing.chromium import PHONE, SignedIn
from tools.browsing.stage import SENSOR, SITE, Stage
from tools.run.line import TENANT

# A pointer that the browser did not make cannot be captured.
TOUCH = """([name, kind, where]) => {
  const one = document.querySelector(`#plan-edit [data-sensor='${name}']`);
  one.setPointerCapture = () => {};
  one.dispatchEvent(new PointerEvent(kind, { pointerId: 7, pointerType: "touch", bubbles: true, ...where }));
}"""
PATH = f"/plan/{TENANT}/{SITE}"


@pytest.fixture
def plans(stage: Stage) -> Iterator[Plans]:
    """The plans of the stage, with the sensor in a corner before each test."""
    collector = stage.line.open()
    plans = Plans(collector.registry.engine)
    plans.place(TENANT, SITE, {SENSOR: Spot(10, 10)}, "cli:test", 0)
    yield plans
    collector.close()


def spot(plans: Plans) -> Spot:
    return plans.spots(TENANT, SITE)[SENSOR]


def mark(page: Page) -> Locator:
    return page.locator(f'#plan-edit [data-sensor="{SENSOR}"]')


def stored(page: Page) -> None:
    expect(page.locator("#plan-status")).to_contain_text(", stored")


def middle(page: Page) -> tuple[float, float]:
    """Of the plan, in the window."""
    box = page.locator("#plan-edit").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_by_the_mouse(signed_in: SignedIn, plans: Plans) -> None:
    page = signed_in(Role.ADMINISTRATOR).visit(PATH)
    mark(page).locator(".grip").hover()
    page.mouse.down()
    page.mouse.move(*middle(page), steps=4)
    page.mouse.up()
    stored(page)
    assert (spot(plans).x, spot(plans).y) == (pytest.approx(50, abs=0.3), pytest.approx(50, abs=0.5))
    page.reload()
    assert page.get_by_role("group", name=SENSOR).get_by_label("From the left, %").input_value() == str(spot(plans).x)


def test_by_arrow_keys(signed_in: SignedIn, plans: Plans) -> None:
    page = signed_in(Role.ADMINISTRATOR).visit(PATH)
    button = page.get_by_role("button", name=f"{SENSOR}: from the left 10 %, from the top 10 %")
    button.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    stored(page)
    assert spot(plans) == Spot(11, 14.5)
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Tab")
    expect(page.locator("#plan-status")).to_contain_text("left 0 %")
    assert spot(plans) == Spot(0, 14.5), "not beyond the edge, and stored when the focus leaves"


def test_by_a_finger(signed_in: SignedIn, plans: Plans) -> None:
    page = signed_in(Role.TECHNICIAN, size=PHONE).visit(PATH)
    x, y = middle(page)
    for kind, at in (("pointerdown", (0.0, 0.0)), ("pointermove", (x, y)), ("pointerup", (x, y))):
        where = {"clientX": at[0], "clientY": at[1]}
        page.evaluate(
            TOUCH,
            [SENSOR, kind, where],
        )
    stored(page)
    assert spot(plans).x == pytest.approx(50, abs=0.5)
    assert mark(page).evaluate("one => getComputedStyle(one).touchAction") == "none", "the page does not scroll instead"


def test_by_the_form_without_scripts(signed_in: SignedIn, plans: Plans) -> None:
    page = signed_in(Role.ADMINISTRATOR, scripts=False).visit(PATH)
    form = page.get_by_role("group", name=SENSOR)
    form.get_by_label("From the left, %").fill("72.5")
    form.get_by_label("From the top, %").fill("31")
    form.get_by_role("button", name="Store").click()
    assert page.get_by_role("status").first.inner_text() == "Stored."
    assert spot(plans) == Spot(72.5, 31)
    assert not page.get_by_role("button", name=f"{SENSOR}:").count(), "what nothing would move is no button"


def test_a_picture_is_uploaded_and_zones_are_seen_on_it(signed_in: SignedIn, plans: Plans) -> None:
    before, places = plans.of(TENANT, SITE), plans.spots(TENANT, SITE)
    assert before is not None
    made = io.BytesIO()
    Image.new("RGB", (800, 400), "#eeeeee").save(made, "PNG")
    admin = signed_in(Role.ADMINISTRATOR, scripts=False)
    page = admin.visit(PATH)
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "plan.png", "mimeType": "image/png", "buffer": made.getvalue()}
    )
    page.get_by_role("button", name="Upload").click()
    try:
        assert "This is the plan now." in page.get_by_role("status").first.inner_text()
        plans.place(TENANT, SITE, places, "cli:test", 0)
        page = admin.visit("/?tenant=default&site=shop")
        assert page.get_by_role("img", name="Zones on the plan").is_visible()
        assert page.locator(".plan .halo").count() == len(places)
        page.get_by_role("link", name="Median stay").first.click()
        assert "colour=stay" in page.url
    finally:
        plans.put(TENANT, SITE, before, "cli:test", 0)
        plans.place(TENANT, SITE, places, "cli:test", 0)
