"""The routes of the fleet: rows of the table in collector.page.routes."""

from collections.abc import Mapping

from footfall_sensor.wire import image

from ...people.user import Right

_OF_SENSOR = "/api/fleet/sensors/{tenant}/{sensor}"
API_GET = (
    "/api/fleet/sensors",
    _OF_SENSOR,
    f"{_OF_SENSOR}/health",
    f"{_OF_SENSOR}/history",
    f"{_OF_SENSOR}/config",
    f"{_OF_SENSOR}/rendered",
    "/api/fleet/templates",
    "/api/fleet/approvals",
    "/api/fleet/http_sd",
    "/api/fleet/geojson",
    "/api/fleet/alerts",
    "/api/fleet/maintenance",
    "/api/fleet/campaigns",
    "/api/fleet/campaigns/{number}",
    "/api/fleet/proposals",
    "/api/fleet/images",
    "/api/fleet/images/{name}",
    "/api/fleet/packages",
    "/api/fleet/packages/{name}",
    "/api/fleet/config/{scope}/{tenant}/{name}",
)
API_POST = (
    *(
        f"{_OF_SENSOR}/{verb}"
        for verb in ("approve", "refuse", "revoke", "quarantine", "release", "edit", "command", "push")
    ),
    "/api/fleet/alerts/{number}/acknowledge",
    "/api/fleet/alerts/{number}/snooze",
    "/api/fleet/maintenance",
    "/api/fleet/maintenance/{number}/end",
    "/api/fleet/campaigns",
    "/api/fleet/campaigns/images",
    "/api/fleet/campaigns/packages",
    "/api/fleet/images/{name}/remove",
    "/api/fleet/packages/{name}/remove",
    "/api/fleet/uploads",
    *(f"/api/fleet/campaigns/{{number}}/{verb}" for verb in ("pause", "resume", "cancel")),
    "/api/fleet/config/{scope}/{tenant}/{name}",
    "/api/fleet/push",
    "/api/fleet/variables",
    *(f"/api/fleet/proposals/{{number}}/{verb}" for verb in ("confirm", "withdraw")),
)
PAGES_GET = (
    "/fleet",
    "/fleet/map",
    "/fleet/alerts",
    "/fleet/maintenance",
    "/fleet/approvals",
    "/fleet/campaigns",
    "/fleet/campaigns/{number}",
    "/fleet/campaigns/{number}/{act}",
    "/fleet/proposals",
    "/fleet/proposals/{number}/{act}",
    "/fleet/selection",
    "/fleet/upgrades",
    "/fleet/upgrades/{kind}/{name}/remove",
    "/fleet/sensor/{tenant}/{sensor}",
    "/fleet/sensor/{tenant}/{sensor}/{act}",
)
PAGES_POST = (
    "/fleet/alerts/acknowledge",
    "/fleet/alerts/snooze",
    "/fleet/maintenance",
    "/fleet/maintenance/end",
    "/fleet/approvals",
    "/fleet/campaigns/plan",
    "/fleet/campaigns/begin",
    "/fleet/campaigns/{number}/{act}",
    "/fleet/proposals/{number}/{act}",
    "/fleet/selection/plan",
    "/fleet/selection/change",
    "/fleet/upgrades/plan",
    "/fleet/upgrades/begin",
    "/fleet/upgrades/add",
    "/fleet/upgrades/{kind}/{name}/remove",
    "/fleet/sensor/{tenant}/{sensor}/edit",
    "/fleet/sensor/{tenant}/{sensor}/{act}",
)
# Where large files may be sent; see upgrades.
STREAMS = ("/fleet/upgrades/add", "/api/fleet/uploads")
STREAM_BYTES_MAX = image.SIZE_MAX + 16 * 1024
STREAM_FILES_MAX = 3  # the file, its note, its signature
GET: Mapping[str, Right] = dict.fromkeys((*PAGES_GET, *API_GET), Right.READ_FLEET)
POST: Mapping[str, Right] = dict.fromkeys((*PAGES_POST, *API_POST), Right.WRITE_FLEET)
