"""/etc/config/footfall as the package ships it, made from the agent's own table of options.

Each option stands as a comment at its default. After a change to the table: make docs
"""

from footfall_sensor import config, config_file

PATH_FROM_DOCS = "../openwrt/footfall-sensor/files/footfall.config"
HEAD = """\
# The Footfall sensor. Each option stands here at its default: take away its # to change it, and give a name.
# `uci commit footfall` throws comments away; they are in the documentation too (config.md).

"""


def render() -> str:
    """The file's text."""
    lines: list[str] = []
    told = ""
    for line in config_file.render(config.Config()).splitlines():
        words = line.split()
        if not words or words[0] not in ("option", "list"):
            lines.append(line)
            continue
        if words[1] != told:
            told = words[1]
            lines.append(f"\t# {config.OPTIONS[told].metadata['help']}")
        lines.append(f"\t#{line.strip()}")
    return HEAD + "\n".join(lines).rstrip() + "\n"
