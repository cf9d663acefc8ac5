"""What the stage's catalogues hold: the agent's real package and an empty image, signed by a key made for the stage."""

import tempfile
from pathlib import Path

import httpx

from collector import clock
from collector.folder import Collector
from collector.images.vouched import KEY
from collector.people.tokens import Tokens
from collector.people.user import Right, Role
from footfall_sensor import signing

from ..device import index, ipk, recipe, releasing, vouching
from ..errors import ToolError
from ..lab.pallet.firmware import sysupgrade

BOARD = "tplink,cpe210-v3"
IMAGE = "cpe210"  # what it is called
UPLOAD_S = 60.0


def stock(collector: Collector, url: str, actor: str) -> str:
    """Have a running collector at `url` take both in, as who signs in sends them; the package's name.

    The users are those of furnishing. Raises ToolError.
    """
    secret = signing.backend().generate()
    (collector.folder / KEY).write_text(secret.public.text(), encoding="ascii")
    tokens, user = Tokens(collector.registry.engine), str(Role.ADMINISTRATOR)
    made, token = tokens.add(user, "shelf", [Right.WRITE_FLEET], None, 1, actor, clock.now_ms())
    with tempfile.TemporaryDirectory(prefix="footfall-shelf-") as work:
        package = recipe.stage("full", Path(work) / "package")
        of_package = Path(work) / ipk.file_name(package)
        of_package.write_bytes(ipk.build(package))
        of_image = Path(work) / "cpe210-squashfs-sysupgrade.bin"
        of_image.write_bytes(sysupgrade([BOARD], revision="r28739-d9340319c6"))
        release, image = releasing.read(of_package).note(), vouching.read(of_image, "1").note()
        names = [
            _send(url, token, (path.read_bytes(), note, index.sign(secret, note).encode()), called)
            for path, note, called in ((of_package, release, ""), (of_image, image, IMAGE))
        ]
    tokens.revoke(made.id, actor, clock.now_ms())
    return names[0]


def _send(url: str, token: str, files: tuple[bytes, ...], called: str) -> str:
    parts = [("files", (f"file{number}", content)) for number, content in enumerate(files)]
    said = httpx.post(
        f"{url.rstrip('/')}/api/fleet/uploads",
        headers={"authorization": f"Bearer {token}"},
        data={"name": called},
        files=parts,
        timeout=UPLOAD_S,
    )
    if said.status_code != httpx.codes.OK:
        raise ToolError(f"the stage's collector does not take in what was signed for it: {said.text}")
    name: str = said.json()["name"]
    return name
