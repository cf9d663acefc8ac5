"""Prometheus targets: one form for file_sd_configs and http_sd_configs (prometheus.io, HTTP service discovery)."""

from collections.abc import Iterable

from ..errors import QueryError
from ..grouping.selection import Known


def targets(known: Iterable[Known], form: str) -> list[dict[str, object]]:
    """A target a sensor. form: its address, such as {sensor}.lan:9100. Raises QueryError."""
    found: list[dict[str, object]] = []
    for one in known:
        sensor = one.sensor
        labels = {"sensor": sensor.name, "site": sensor.site, "tenant": sensor.tenant, "group": sensor.group_name}
        address = form
        for name, value in labels.items():
            address = address.replace(f"{{{name}}}", value)
        if "{" in address or "}" in address:
            raise QueryError(f"'{form}': only {', '.join(f'{{{name}}}' for name in labels)} may stand in it")
        if " " in address or not address:
            raise QueryError(f"'{address}' is no host:port, such as door.lan:9100; mend the form")
        # Labels that a sensor does not have are left out: Prometheus takes an empty one for none all the same.
        labels = {name: value for name, value in labels.items() if value}
        if one.tags:
            labels["tags"] = f",{','.join(sorted(one.tags))},"  # so that a relabelling finds ,tag, whole
        found.append({"targets": [address], "labels": labels})
    return found
