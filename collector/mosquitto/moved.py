"""mosquitto's files in another folder, or on another machine, than they were made for.

Its configuration names them by absolute paths and by the user it becomes; the rest of it is the operator's, and stays.
"""

import os
import re

from .files import FILE_MODE, Files

_OF_THE_BROKER = re.compile(r"^\w+ +(/.*)/broker/\S+$", re.MULTILINE)
_USER = re.compile(r"^user .*$", re.MULTILINE)


def settle(files: Files) -> None:
    """Make what was brought here mosquitto's: folders, groups, and the paths of its configuration. Raises OSError."""
    user = files.prepare()
    group = files.broker.stat().st_gid
    for path in files.broker.iterdir():
        if path.is_file():
            os.chown(path, -1, group)
            path.chmod(FILE_MODE)
    files.write(files.conf, rewritten(files.conf.read_text(encoding="utf-8"), str(files.folder), user))


def rewritten(text: str, folder: str, user: str) -> str:
    """A configuration whose files are below `folder`, and whose mosquitto becomes `user`; all else as it was."""
    found = _OF_THE_BROKER.search(text)
    if found is not None:
        text = text.replace(f"{found[1]}/", f"{folder}/")
    return _USER.sub(f"user {user}", text)
