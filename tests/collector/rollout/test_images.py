"""Images: an image a board, proof is another start that names it, and what is lost is named with the way back."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from wide_fleet import WideFleet

from collector import schema
from collector.configuration.outbox import Outbox
from collector.database import writing
from collector.errors import QueryError
from collector.images.catalogue import Entry
from collector.records.audit import Audit
from collector.rollout import images, terms
from collector.rollout.advance import CampaignState, UnitState
from collector.rollout.book import Campaigns
from collector.rollout.images import Images
from collector.rollout.terms import Amount, Terms
from footfall_sensor.wire.image import Image
from footfall_sensor.wire.settings import Verb

CPE, EAP, OTHER = "tplink,cpe210-v3", "tplink,eap225-v3", "tplink,wbs210-v2"
OLD, NEW = "24.10.4-r28739", "24.10.5-r28800"
URL = "http://collector.lan:8080/image"
QUICK = Terms(terms.stages("2,100%"), Amount("1"), soak_s=30, answer_s=600)


def entry(board: str, version: str = NEW, older: bool = False) -> Entry:
    image = Image((board,), version, "1.0", older, 7_000_000, board.encode().ljust(32, b"."))
    return Entry(f"{board}-{version}", image, b"k" * 8, b"s" * 64, {board: "the boot loader; card 7"})


CARGO = Images.of([entry(CPE), entry(EAP)], URL)


class Yard:
    """Image campaigns over a simulated fleet: half CPE210, half EAP225, each with what its last birth said."""

    def __init__(self, folder: Path, count: int = 6) -> None:
        self.fleet = WideFleet(folder, count)
        self.book = Campaigns(self.fleet.engine)
        self.names = list(self.fleet.sensors)
        for number, name in enumerate(self.names):
            self.report(name, OLD, board=EAP if number % 2 else CPE)

    def begin(self, cargo: Images = CARGO, dry: bool = False, why: str = "") -> dict[str, str]:
        begun = self.book.begin_images(cargo, self.names, QUICK, ("cli:ada", why), self.fleet.now_ms, dry)
        return {one.name: one.left_out for one in begun.plan.left_out}

    def report(self, name: str, firmware: str, boot: int = 1, board: str = "", connected: bool = True) -> None:
        table = schema.reports
        said = {"firmware": firmware, "boot": boot, "connected": connected} | ({"board": board} if board else {})
        with writing(self.fleet.engine).begin() as connection:
            connection.execute(update(table).where(table.c.sensor_id == self.fleet.sensors[name].id).values(said))

    def answer(self, name: str, state: str, says: str) -> None:
        """What became of the newest order to upgrade."""
        table = schema.commands
        mine = (table.c.sensor_id == self.fleet.sensors[name].id, table.c.verb == Verb.UPGRADE)
        with writing(self.fleet.engine).begin() as connection:
            connection.execute(update(table).where(*mine).values(state=state, says=says))

    def step(self, seconds: int = 40) -> list[str]:
        """Who is told by now and has not settled."""
        self.fleet.pass_s(seconds)
        self.book.step(self.fleet.now_ms)
        names = {sensor.id: name for name, sensor in self.fleet.sensors.items()}
        return [names[unit.sensor_id] for unit in self.book.one(1)[1] if unit.state is UnitState.TOLD]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_each_board_is_told_of_its_own_image(yard: Yard) -> None:
    yard.begin()
    yard.step()
    orders = Outbox(yard.fleet.engine).orders(yard.fleet.now_ms)
    names = {sensor.id: name for name, sensor in yard.fleet.sensors.items()}
    told = {names[one.sensor_id]: one.image.image.boards[0] for one in orders if one.image}
    assert len(told) == 2
    assert all(board == (EAP if yard.names.index(name) % 2 else CPE) for name, board in told.items())
    assert {one.image.url.rpartition("/")[0] for one in orders if one.image} == {URL}


def test_the_image_named_by_another_start_is_proof_and_nothing_else_is(yard: Yard) -> None:
    yard.begin()
    first, second = yard.step()
    yard.answer(first, "trying", f"writes {NEW} now")
    yard.report(first, NEW, boot=1)
    yard.report(second, OLD, boot=2)
    assert yard.step() == [first, second]
    for name in (first, second):
        yard.report(name, NEW, boot=3)
    assert yard.step() == []
    assert len(yard.step()) == 4


@pytest.mark.parametrize("state", ["refused", "reverted"])
def test_a_units_no_stops_the_canary_with_its_words(yard: Yard, state: str) -> None:
    yard.begin()
    first, _ = yard.step()
    yard.answer(first, state, "no room: 7000 KiB are wanted")
    yard.step()
    campaign, units = yard.book.one(1)
    assert campaign.course.state is CampaignState.STOPPED
    assert [unit.says for unit in units if unit.state is UnitState.FAILED] == [f"{state}: no room: 7000 KiB are wanted"]


def test_a_unit_that_never_returns_is_named_with_its_way_back_and_no_other_is_told(yard: Yard) -> None:
    yard.begin()
    first, second = yard.step()
    yard.answer(first, "trying", f"writes {NEW} now")
    yard.report(first, OLD, connected=False)
    yard.report(second, NEW, boot=2)
    for _ in range(16):
        yard.step()
        yard.report(first, OLD, connected=False)
    campaign, units = yard.book.one(1)
    failed = [unit for unit in units if unit.state is UnitState.FAILED]
    assert campaign.course.state is CampaignState.STOPPED
    assert [unit.says for unit in failed] == [
        f"did not come back within 10 minutes; its last word: writes {NEW} now. It needs a ladder; recovery by the "
        "boot loader; card 7"
    ]
    assert sum(unit.state is UnitState.WAITS for unit in units) == 4


def test_a_unit_that_goes_back_later_has_failed(yard: Yard) -> None:
    yard.begin()
    first, second = yard.step()
    for name in (first, second):
        yard.report(name, NEW, boot=2)
    yard.step()
    yard.report(first, OLD, boot=3)
    yard.step()
    assert [unit.says for unit in yard.book.one(1)[1] if unit.state is UnitState.FAILED] == [f"it went back to {OLD}"]


def test_who_is_left_out_is_told_why(yard: Yard) -> None:
    for name, firmware, board in zip(
        yard.names, (NEW, "25.12.0-r30000", "", OLD, OLD, OLD), (CPE, CPE, CPE, OTHER, EAP, CPE), strict=True
    ):
        yard.report(name, firmware, board=board)
    left_out = yard.begin(dry=True)
    assert list(left_out.values()) == [
        f"it runs {NEW} already",
        "it runs 25.12.0-r30000, which is newer: --older lets it go back, to an image that was released with it",
        "it has never said which image it runs: its agent or its image is from before that was asked",
        f"its board is {OTHER}, and none of the images is for it",
    ]


def test_going_back_takes_a_release_for_it_a_word_for_it_and_a_reason(yard: Yard) -> None:
    for name in yard.names:
        yard.report(name, "25.12.0-r30000", board=CPE)
    for cargo in (Images.of([entry(CPE)], URL, older=True), Images.of([entry(CPE, older=True)], URL)):
        assert len(yard.begin(cargo, dry=True)) == 6
    cargo = Images.of([entry(CPE, older=True)], URL, older=True)
    with pytest.raises(QueryError, match="needs a reason"):
        yard.begin(cargo)
    assert yard.begin(cargo, why="25.12 hears less") == {}
    said = Audit(yard.fleet.engine).entries(1)[-1].says
    assert ("also back to an older one" in said, "25.12 hears less" in said) == (True, True)


def test_two_images_for_one_board_and_none_at_all_are_slips() -> None:
    with pytest.raises(QueryError, match="are both for"):
        Images.of([entry(CPE), replace(entry(CPE), name="twin")], URL)
    with pytest.raises(QueryError, match="say which image"):
        Images.of([], URL)
    with pytest.raises(QueryError, match="url"):
        Images.of([entry(CPE)], "http://h/$(x)")


def test_the_cargo_is_read_as_it_was_written() -> None:
    assert Images.decode(CARGO.encode()) == CARGO
    assert images.says(CARGO.encode()) == f"{CPE}-{NEW} {NEW} ({CPE}), {EAP}-{NEW} {NEW} ({EAP})"


def test_an_image_that_is_being_rolled_out_is_in_use(yard: Yard) -> None:
    yard.begin()
    assert set(images.in_use(yard.fleet.engine)) == {one.image.sha256.hex() for one in CARGO.named}
    yard.book.cancel(1, "cli:ada", "", yard.fleet.now_ms)
    assert images.in_use(yard.fleet.engine) == {}
