"""Places: what each demands of its sensors (whom not to hear, when to listen, counts only), and that it is kept.

A place has a version, which grows when one of these changes, and each week with the key of its list. A sensor says
which one it has; to one that has another the collector announces the newest, and answers its birth with list and key.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from footfall_sensor.keyed import KEY_BYTES
from footfall_sensor.wire.batch import EPOCH_NONE, Columns
from footfall_sensor.wire.epoch import OPEN_SPANS_MAX
from footfall_sensor.wire.messages import Birth, EpochKey
from footfall_sensor.wire.objections import announcement

from .. import calendar
from ..admission.door import Admitted
from ..errors import VaultError
from ..objections.book import Objection, Objections
from ..objections.lists import DAY_MS, VALID_MS, ObjectionLists, Version, rests_on
from ..records.registry import Registry, Sensor, Site
from .sealing import Downlink, Outgoing

log = logging.getLogger(__name__)

NEWS_MS = 5 * 60 * 1000  # how long an announcement is good for
OPEN_AHEAD_MS = 7 * DAY_MS  # a unit that is cut off keeps to the hours for so long, and then counts as closed
SENSITIVE_SITE = "sensitive_site"  # counts batches whose tokens were taken out at the door

Key = tuple[str, str]  # tenant, site


class Places:
    """Every site of a collector. `refresh` reads the registry; in between nothing changes but the time."""

    def __init__(self, registry: Registry, objections: Objections, lists: ObjectionLists) -> None:
        self._registry = registry
        self._book = objections
        self._lists = lists
        self._sites: dict[Key, Site] = {}
        self._objections: list[Objection] = []
        self._versions: dict[Key, Version] = {}
        self._said: dict[Key, int] = {}  # the versions that all sensors have been told of

    def refresh(self) -> None:
        """Learn from the registry what places demand now."""
        sites = [site for tenant in self._registry.tenants() for site in self._registry.sites(tenant.name)]
        self._sites = {(site.tenant, site.name): site for site in sites}
        self._objections = self._book.all()
        self._versions = self._lists.versions()

    def version(self, tenant: str, site: str, now_ms: int) -> int:
        """The newest version of a place, made where what it demands has changed. Raises VaultError."""
        place = self._site(tenant, site)
        holding = [one.id for one in self._objections if one.holds(tenant, site, now_ms)]
        wanted = rests_on(holding, place.sensitive, place.time_zone, place.opens, place.closes)
        found = self._versions.get((tenant, site))
        if found is None or not found.fits(wanted, now_ms):
            found = self._versions[tenant, site] = self._lists.renew(tenant, site, wanted, now_ms)
        return found.number

    def answer(
        self, sensor: Sensor, birth: Birth, key: EpochKey | None, downlink: Downlink, now_ms: int
    ) -> list[Outgoing]:
        """What a birth is answered with: the list, unless the sensor has it, and then the key if there is one.

        Nothing where no list can be made: without a list the sensor makes no token, and that is as it must be.
        """
        try:
            version = self.version(sensor.tenant, sensor.site, now_ms)
            said: list[Outgoing] = []
            if birth.objections != version:
                expires_ms = max(now_ms, birth.time_ms) + VALID_MS
                listed = self._lists.message(sensor.tenant, sensor.site, now_ms, expires_ms)
                said.append(downlink.objections(sensor, listed.sealed(sensor.name, birth.seal)))
        except VaultError as exc:
            log.error("sensor %s gets neither list nor key until this is mended: %s", sensor.user, exc)
            return []
        return said if key is None else [*said, downlink.epoch(sensor, self.dressed(sensor, key, version), birth.seal)]

    def dressed(self, sensor: Sensor, key: EpochKey, version: int) -> EpochKey:
        """An epoch's key with what the place demands. A sensitive one gets a key that nobody keeps."""
        place = self._site(sensor.tenant, sensor.site)
        told = replace(key, objections=version, open_spans=open_spans(place, key.start_ms), counts=place.sensitive)
        return replace(told, key=secrets.token_bytes(KEY_BYTES)) if place.sensitive else told

    def news(self, sensor: Sensor, has: int, downlink: Downlink, now_ms: int) -> list[Outgoing]:
        """What to say to a sensor that told which version it has: that there is another one, or nothing."""
        newest = self._newest((sensor.tenant, sensor.site), now_ms)
        if newest is None or newest == has:
            return []
        return [downlink.objections(sensor, announcement(newest, now_ms, now_ms + NEWS_MS))]

    def changes(self, sensors: Iterable[Sensor], downlink: Downlink, now_ms: int) -> list[Outgoing]:
        """Announcements to every sensor of a place whose version is another than when this was asked last.

        Not at our start: sensors say themselves what they have, and are told then.
        """
        at_place: dict[Key, list[Sensor]] = {}
        for sensor in sensors:
            at_place.setdefault((sensor.tenant, sensor.site), []).append(sensor)
        said: list[Outgoing] = []
        for place, there in at_place.items():
            newest, before = self._newest(place, now_ms), self._said.get(place)
            if newest is None or newest == before:
                continue
            self._said[place] = newest
            if before is not None:
                word = announcement(newest, now_ms, now_ms + NEWS_MS)
                said += [downlink.objections(sensor, word) for sensor in there]
        return said

    def without_tokens(self, admitted: Admitted, refused: "Counter[str]") -> Admitted:
        """A batch as it may be stored: of a sensitive site without tokens and classes, whatever its sensor sends."""
        place = self._sites.get((admitted.sensor.tenant, admitted.sensor.site))
        sent = admitted.batch
        classes = sent.summary is not None and sent.summary.classes
        if place is None or not place.sensitive or not (len(sent.columns) or sent.epoch or classes):
            return admitted
        refused[SENSITIVE_SITE] += 1
        log.warning(
            "sensor %s is at a sensitive site and sent tokens or classes; they were not stored", admitted.sensor.user
        )
        summary = sent.summary and replace(sent.summary, classes=())
        bare = replace(sent, epoch=EPOCH_NONE, columns=Columns.from_rows([]), summary=summary)
        return admitted._replace(batch=bare)

    def _newest(self, place: Key, now_ms: int) -> int | None:
        try:
            return self.version(*place, now_ms)
        except VaultError as exc:
            log.error("site %s/%s: the list stays as its sensors have it until this is mended: %s", *place, exc)
            return None

    def _site(self, tenant: str, name: str) -> Site:
        return self._sites.get((tenant, name)) or Site(tenant, name)


def open_spans(site: Site, start_ms: int) -> tuple[tuple[int, int], ...] | None:
    """When a site is open in the seven days from an epoch's begin, UTC; None = always."""
    if site.opens is None or site.closes is None:
        return None
    ahead = calendar.Span("ahead", start_ms, start_ms + OPEN_AHEAD_MS)
    spans = calendar.opening(ahead, site.time_zone, site.opens, site.closes)
    return tuple((span.start_ms, span.end_ms) for span in spans)[:OPEN_SPANS_MAX]
