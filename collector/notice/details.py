"""What the responsible body says of itself: the fields of a notice that no program can know."""

from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select

from .. import schema
from ..database import writing
from ..errors import QueryError
from ..records import audit
from ..records.audit import Event

EVERYWHERE = ""  # the site of what holds at all sites of a tenant that say nothing else
TEXT_CHARS_MAX = 300
PURPOSES_MAX = 12
FIELDS = {
    "controller": "who is responsible: name and address",
    "contact": "where visitors turn: mail, telephone",
    "purposes": "what the numbers are for, all of it, advertising included",
    "retention": "how long records are kept, and who deletes them",
    "dpo": "the data protection officer",
    "objection_url": "a web address where visitors may object",
    "place": "the place's name as visitors know it",
}
NEEDED = ("controller", "contact", "purposes", "retention")


@dataclass(frozen=True, slots=True)
class Details:
    """The fields that are set; "" = not."""

    controller: str = ""
    contact: str = ""
    purposes: str = ""  # one a line
    retention: str = ""
    dpo: str = ""
    objection_url: str = ""
    place: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What must be set before the notice may hang."""
        return tuple(name for name in NEEDED if not getattr(self, name))


class Notices:
    """The fields in the registry database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, tenant: str, site: str) -> Details:
        """What holds at a site: its own fields, else those of its tenant."""
        table = schema.notices
        here = (table.c.tenant == tenant, table.c.site.in_((EVERYWHERE, site)))
        with self._engine.begin() as connection:
            rows = connection.execute(select(table).where(*here).order_by(table.c.site)).all()
        return Details(**{row.field: row.text for row in rows})  # the site's own come last

    def put(self, tenant: str, site: str, change: dict[str, str], actor: str, now_ms: int) -> None:
        """Set fields, or clear them with "". Raises QueryError naming the field that will not do."""
        for name, text in change.items():
            _check(name, text)
        table = schema.notices
        with writing(self._engine).begin() as connection:
            for name, text in change.items():
                here = (table.c.tenant == tenant, table.c.site == site, table.c.field == name)
                connection.execute(delete(table).where(*here))
                if text:
                    connection.execute(insert(table).values(tenant=tenant, site=site, field=name, text=text))
            what = f"notice {tenant}/{site or '*'}"
            audit.append(connection, Event(actor, "configure", what, ", ".join(sorted(change))), now_ms)


def _check(name: str, text: str) -> None:
    if name not in FIELDS:
        raise QueryError(f"a notice has no field '{name}'; there are: {', '.join(FIELDS)}")
    lines = text.split("\n") if name == "purposes" else [text]
    if len(lines) > PURPOSES_MAX or any(len(line) > TEXT_CHARS_MAX or not line.isprintable() for line in lines):
        raise QueryError(
            f"{name}: at most {TEXT_CHARS_MAX} printable characters a line, {PURPOSES_MAX} purposes; shorten it"
        )
    if name == "objection_url" and text and not text.startswith("https://"):
        raise QueryError("objection_url: an address that begins with https:// is wanted")
