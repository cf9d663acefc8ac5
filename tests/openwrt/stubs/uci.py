"""Stub of OpenWrt's uci on the files in $STUB_ROOT/etc/config.

No staging: each set is a commit. Quotes around words, none within them. As the original it throws comments away.
"""

import os
import sys

FOLDER = os.environ["STUB_ROOT"] + "/etc/config/"


def load(package):
    """Sections as [type, name, options]; a list is a list."""
    sections = []
    try:
        with open(FOLDER + package) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        kind, _, rest = line.strip().partition(" ")
        name, _, value = rest.partition(" ")
        name, value = name.strip("'"), value.strip().strip("'")
        if kind == "config":
            sections.append([name, value, {}])
        elif kind == "option":
            sections[-1][2][name] = value
        elif kind == "list":
            sections[-1][2].setdefault(name, []).append(value)
    return sections


def save(package, sections):
    lines = []
    for kind, name, options in sections:
        lines.append(f"config {kind} '{name}'" if name else f"config {kind}")
        for option, value in options.items():
            lines += (
                [f"\toption {option} '{value}'"]
                if isinstance(value, str)
                else [f"\tlist {option} '{word}'" for word in value]
            )
        lines.append("")
    os.makedirs(FOLDER, exist_ok=True)
    with open(FOLDER + package, "w") as file:
        file.write("\n".join(lines))


def find(sections, name):
    if not name.startswith("@"):
        return next((section for section in sections if section[1] == name), None)
    kind, _, number = name[1:-1].partition("[")
    same = [section for section in sections if section[0] == kind]
    return same[int(number)] if -len(same) <= int(number) < len(same) else None


def get(key):
    package, name, *option = key.split(".")
    section = find(load(package), name)
    if section is None or (option and option[0] not in section[2]):
        return 1
    value = section[2][option[0]] if option else section[0]
    print(value if isinstance(value, str) else " ".join(value))
    return 0


def put(assignment):
    key, value = assignment.split("=", 1)
    package, name, *option = key.split(".")
    sections = load(package)
    section = find(sections, name)
    if section is None and not option:
        sections.append([value, name, {}])
    elif section is None:
        return 1
    elif option:
        section[2][option[0]] = value
    save(package, sections)
    return 0


def add_list(assignment):
    key, value = assignment.split("=", 1)
    package, name, option = key.split(".")
    sections = load(package)
    section = find(sections, name)
    if section is None:
        return 1
    section[2].setdefault(option, []).append(value)
    save(package, sections)
    return 0


def delete(key):
    package, name, *option = key.split(".")
    sections = load(package)
    section = find(sections, name)
    if section is None or (option and section[2].pop(option[0], None) is None):
        return 1
    save(package, sections if option else [other for other in sections if other is not section])
    return 0


def show(package):
    seen = {}
    for kind, name, options in load(package):
        number = seen[kind] = seen.get(kind, -1) + 1
        key = f"{package}.{name or f'@{kind}[{number}]'}"
        print(f"{key}={kind}")
        for option, value in options.items():
            print(f"{key}.{option}=" + " ".join(f"'{word}'" for word in ([value] if isinstance(value, str) else value)))
    return 0


def batch():
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb:
            COMMANDS[verb](rest)
    return 0


COMMANDS = {
    "get": get,
    "set": put,
    "add_list": add_list,
    "delete": delete,
    "show": show,
    "batch": batch,
    "commit": lambda _="": 0,
}

if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "-q"]
    sys.exit(COMMANDS[words[0]](*words[1:]))
