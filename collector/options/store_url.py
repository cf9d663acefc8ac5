"""Where an object store is, as the setting `store_url` says it: s3://BUCKET/PREFIX?region=...&endpoint_override=HOST:PORT

The form is that of pyarrow's FileSystem.from_uri. Credentials do not belong into it: they come from where AWS programs
look for them, so no file of the collector's and no backup holds them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"([A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*)?")
OPTIONS = ("region", "scheme", "endpoint_override")
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A bucket, what stands before each name in it, and how its server is reached."""

    bucket: str
    prefix: str
    region: str
    scheme: str
    endpoint: str  # HOST or HOST:PORT; "" = Amazon's own

    def path(self, *parts: str) -> str:
        """BUCKET/PREFIX/PARTS, as pyarrow names it."""
        return "/".join(part for part in (self.bucket, self.prefix, *parts) if part)

    def table_options(self) -> Mapping[str, str]:
        """The same for delta-rs."""
        options = {"AWS_REGION": self.region}
        if self.endpoint:
            options["AWS_ENDPOINT_URL"] = f"{self.scheme}://{self.endpoint}"
        if self.scheme == "http":
            options["AWS_ALLOW_HTTP"] = "true"
        return options


def parse(text: str) -> StoreUrl:
    """Raises ValueError where the text is no such URL, or holds a user or password."""
    url = urlsplit(text)
    options = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
    prefix = url.path.strip("/")
    if url.scheme != "s3" or "@" in url.netloc or url.fragment or not BUCKET.fullmatch(url.netloc):
        raise ValueError("no such URL")
    if options.keys() - set(OPTIONS) or not PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")):
        raise ValueError("no such URL")
    scheme = options.get("scheme", "https")
    if scheme not in ("http", "https"):
        raise ValueError("no such URL")
    return StoreUrl(
        url.netloc, prefix, options.get("region", DEFAULT_REGION), scheme, options.get("endpoint_override", "")
    )
