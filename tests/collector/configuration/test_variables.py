"""Variables: a unit gets what its nearest layer says, or a sentence that names it; no unit ever sees a variable."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shop import SITE, TENANT, SmallShop

from collector.configuration import sheet, templates, variables
from collector.configuration.editor import Editor
from collector.configuration.layers import Origin, Place, Scope
from collector.configuration.outbox import Outbox
from collector.configuration.plan import values
from collector.configuration.push import PushState
from collector.errors import QueryError
from collector.grouping.book import Book, Edit
from collector.records.registry import Sensor
from collector.rollout import cargo

TENANT_LAYER = Place(Scope.TENANT, TENANT, TENANT)
SHOP = Place(Scope.SITE, TENANT, SITE)
DOORS = Place(Scope.GROUP, TENANT, "doors")
DOOR = Place(Scope.SENSOR, TENANT, "door")
SENSOR = Sensor(1, "acme", "door", "mall", b"k" * 8, b"p" * 32, group_name="doors")


def rendered(value: str, tags: frozenset[str] = frozenset(), **said: str) -> str:
    merged = {"broker_host": Origin(value, "group acme/doors, change 1")}
    merged |= {f"${name}": Origin(text, "site") for name, text in said.items()}
    return variables.render(merged, SENSOR, tags)["broker_host"].value


@pytest.mark.parametrize(
    ("value", "tags", "expected"),
    [
        ("{{gateway}}", (), "gw"),
        ("{{ gateway }}.lan", (), "gw.lan"),
        ("{{name}}-{{site}}.{{tenant}}.{{group}}", (), "door-mall.acme.doors"),
        ("b{{tag:vlan}}", ("vlan-12", "vlans-1", "x"), "b12"),
        ("plain", (), "plain"),
    ],
)
def test_what_stands_for_what(value: str, tags: tuple[str, ...], expected: str) -> None:
    assert rendered(value, frozenset(tags), gateway="gw") == expected


@pytest.mark.parametrize(
    ("value", "tags", "words"),
    [
        ("{{gateway}}", (), r"sensor door: \{\{gateway\}\} in broker_host .* has no value; set \$gateway"),
        ("{{tag:vlan}}", (), "it has no tag vlan-"),
        ("{{tag:vlan}}", ("vlan-1", "vlan-2"), "2 tags vlan-"),
    ],
)
def test_what_has_no_value_is_said_with_unit_and_variable(value: str, tags: tuple[str, ...], words: str) -> None:
    with pytest.raises(variables.Unresolved, match=words):
        rendered(value, frozenset(tags))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"mode": "{{mode}}"}, "said outright"),
        ({"bssid": "{{ap}}"}, "said outright"),
        ({"$site": "x"}, "own site already"),
        ({"$Gate": "x"}, "small letters"),
        ({"$a": "{{b}}"}, "no other variable"),
        ({"$a": "{"}, "no braces"),
        ({"broker_host": "{{gate way}}"}, "is wanted"),
        ({"broker_host": "{{gateway}"}, "is wanted"),
        ({"broker_host": "{{Gateway}}"}, "no name of a variable"),
    ],
)
def test_what_cannot_be_a_template_is_refused(entries: dict[str, str], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        variables.check(entries)


@settings(max_examples=60, deadline=None)
@example("{", {"a": "{"})
@example("{{b}}", {"a": "{", "b": "{"})
@given(st.text(max_size=30), st.dictionaries(st.sampled_from(["a", "b"]), st.text("xyz{}", max_size=5), max_size=2))
def test_no_unit_ever_sees_a_variable(value: str, said: dict[str, str]) -> None:
    """Whatever is typed: it is refused, cannot be resolved, or holds no reference any more."""
    entries = {"broker_host": f"{value}{{{{a}}}}", **{f"${name}": text for name, text in said.items()}}
    try:
        variables.check(entries)
        found = variables.render({name: Origin(text, "") for name, text in entries.items()}, SENSOR)
    except QueryError:
        return
    assert list(found) == ["broker_host"]
    assert not variables.references(found["broker_host"].value)


class Desk:
    """One editor on a registry with two sensors, one of them in a group."""

    def __init__(self, folder: Path) -> None:
        self.shop = SmallShop(folder)
        self.shop.sensor("door")
        self.shop.sensor("window")
        self.registry = self.shop.collector.registry
        self.editor = Editor(self.registry, "cli:ada", lambda: 1_800_000_000_000)
        self.editor.move("door", "doors")

    def runs(self, name: str) -> dict[str, str]:
        fleet = self.editor.store.fleet()
        return values(fleet.effective(next(one for one in fleet.sensors if one.name == name)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "collector")


def test_the_nearest_layer_says_what_a_variable_is_and_history_keeps_it(desk: Desk) -> None:
    """A template of a group with a variable of the site; the sensor's own wins; going back goes back."""
    with pytest.raises(QueryError, match=r"sensor door: \{\{gateway\}\}"):
        desk.editor.set(DOORS, {"broker_host": "{{gateway}}.lan"})
    desk.editor.set(SHOP, {"$gateway": "far"})
    made = desk.editor.set(DOORS, {"broker_host": "{{gateway}}.lan"}, "doors have a broker")
    assert [(one.sensor, one.options) for one in made.plan.affected] == [("door", {"broker_host": (None, "far.lan")})]
    near = desk.editor.set(DOOR, {"$gateway": "near"})
    assert near.plan.affected[0].options == {"broker_host": ("far.lan", "near.lan")}
    assert (desk.runs("door"), desk.runs("window")) == ({"broker_host": "near.lan"}, {})
    assert desk.editor.store.history(SHOP)[0].options == {"$gateway": "far"}
    desk.editor.rollback(DOOR, 0)
    with pytest.raises(QueryError, match="has no value"):
        desk.editor.unset(SHOP, ["$gateway"])
    with pytest.raises(QueryError, match=r"sensor door: .* has no value"):
        desk.editor.rollback(SHOP, 0)
    other = desk.editor.move("window", "doors", dry=True)
    assert other.plan.affected[0].options == {"broker_host": (None, "far.lan")}


def test_what_a_value_comes_to_is_checked_and_not_what_it_is_written_as(desk: Desk) -> None:
    """A port that is no number is refused with the unit's name."""
    desk.editor.set(SHOP, {"$port": "x"})
    with pytest.raises(QueryError, match=r"broker_port.*sensor door"):
        desk.editor.set(SHOP, {"broker_port": "{{port}}"})
    desk.editor.set(SHOP, {"$port": "8883"})
    desk.editor.set(SHOP, {"broker_port": "{{port}}"})
    assert desk.runs("window") == {"broker_port": "8883"}


def test_a_unit_whose_value_is_missing_is_told_nothing_and_says_so(desk: Desk) -> None:
    """It came later, to a group that wants a variable: others are served, and it is, once the variable is there."""
    desk.editor.set(DOOR, {"$gateway": "near"})
    desk.editor.set(DOORS, {"broker_host": "{{gateway}}"})
    desk.shop.sensor("late")
    with desk.registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sensors SET group_name = 'doors' WHERE name = 'late'")
    desk.shop.intake.refresh()
    pushes = {one.name: Outbox(desk.registry.engine).pushes().get(one.id) for one in desk.registry.sensors()}
    lost, fine = pushes["late"], pushes["door"]
    assert lost is not None
    assert fine is not None
    assert (fine.state, fine.options) == (PushState.PENDING, '{"broker_host": "near"}')
    assert (lost.state, lost.version) == (PushState.UNRESOLVED, 0)
    assert "sensor late: {{gateway}}" in lost.says
    fleet = desk.editor.store.fleet()
    assert cargo.wanted(fleet, next(one for one in fleet.sensors if one.name == "late")) == ""
    desk.editor.set(Place(Scope.SENSOR, TENANT, "late"), {"$gateway": "far"})
    desk.shop.intake.refresh()
    pushes = {one.name: Outbox(desk.registry.engine).pushes().get(one.id) for one in desk.registry.sensors()}
    now = pushes["late"]
    assert now is not None
    assert (now.state, now.options, now.says) == (PushState.PENDING, '{"broker_host": "far"}', "")


def test_a_tag_that_a_value_needs_cannot_be_taken_away(desk: Desk) -> None:
    book = Book(desk.registry.engine)
    book.edit([(name, Edit(add=frozenset({"vlan-7"}))) for name in ("door", "window")], "cli:ada", 1)
    desk.editor.set(TENANT_LAYER, {"broker_host": "b{{tag:vlan}}"})
    assert desk.runs("window") == {"broker_host": "b7"}
    with pytest.raises(QueryError, match=r"sensor door: .* no tag vlan-"):
        book.edit([("door", Edit(remove=frozenset({"vlan-7"})))], "cli:ada", 2)
    book.edit([("door", Edit(add=frozenset({"vlan-8"}), remove=frozenset({"vlan-7"})))], "cli:ada", 3)
    assert desk.runs("door") == {"broker_host": "b8"}


def test_a_sheet_of_variables_goes_out_and_comes_back(desk: Desk) -> None:
    """All lines or none; an empty cell takes out; a layer that is not there is an error."""
    lines = ("scope,tenant,name,gateway,port", "site,default,shop,10.0.0.1,", "sensor,default,door,10.0.0.2,1")
    wanted = sheet.read("\n".join(lines).encode())
    assert wanted[SHOP] == {"$gateway": "10.0.0.1", "$port": ""}
    assert desk.editor.set_variables(wanted, "moved", dry=True) == ([], 2)
    assert desk.editor.store.fleet().layers == {}
    desk.editor.set_variables(wanted, "moved")
    desk.editor.set(DOORS, {"broker_host": "{{gateway}}"})
    layers = desk.editor.store.fleet().layers
    written = sheet.write(layers, [SHOP, DOOR])
    assert tuple(written.splitlines()) == lines
    assert sheet.read(written.encode()) == wanted
    affected, layers_changed = desk.editor.set_variables(sheet.read(written.replace("10.0.0.2", "").encode()))
    assert (layers_changed, affected[0].options) == (1, {"broker_host": ("10.0.0.2", "10.0.0.1")})
    stranger = sheet.read(b"scope,tenant,name,gateway\nsite,default,nowhere,1\nsite,default,shop,2\n")
    with pytest.raises(QueryError, match="there is no site default/nowhere"):
        desk.editor.set_variables(stranger)
    assert desk.runs("door") == {"broker_host": "10.0.0.1"}
    (found,) = templates.render(desk.editor.store.fleet(), desk.editor.store.fleet().sensors)
    assert (found.sensor.name, found.options) == ("door", {"broker_host": "10.0.0.1"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sensor,gateway\ndoor,1\n", "no column 'scope'; .* name scope,tenant,name"),
        ("scope,tenant,name,Gateway\nsite,a,b,1\n", "small letters"),
        ("scope,tenant,name,gateway\nplanet,a,b,1\n", "line 2, column scope: 'planet' does not fit; scope is one of"),
        ("scope,tenant,name,gateway\nsite,a,b\n", "line 2: it has another number"),
        ("scope,tenant,name,gateway\nsite,a,b,1\nsite,a,b,2\n", "line 3, column name: 'b' is there twice"),
        ("scope,tenant,name\nsite,a,b\n", "no column of a variable"),
    ],
)
def test_a_sheet_that_is_wrong_names_its_line(text: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        sheet.read(text.encode())
