"""Where an object store is: one form of URL, and no credentials in it."""

import pytest

from collector.errors import SettingsError
from collector.options.resolving import made, of_options
from collector.options.store_url import StoreUrl, parse


def test_a_url_names_bucket_prefix_and_server() -> None:
    url = parse("s3://shop-data/a/b?region=eu-west-1&scheme=http&endpoint_override=10.0.0.1:9000")
    assert url == StoreUrl("shop-data", "a/b", "eu-west-1", "http", "10.0.0.1:9000")
    assert url.path("data", "x.parquet") == "shop-data/a/b/data/x.parquet"


def test_the_shortest_url_is_a_bucket() -> None:
    assert parse("s3://shop-data").path("data") == "shop-data/data"


@pytest.mark.parametrize(
    "text",
    [
        "http://shop-data/x",
        "s3://AKID:pass-word@shop-data/x",
        "s3://shop-data/../other",
        "s3://shop-data/x?secret_key=pass-word",
        "s3://shop-data/x?scheme=ftp",
        "s3://shop-data/x#y",
        "s3://Shop_Data",
        "s3:///x",
        "s3://shop-data/a b",
    ],
)
def test_what_is_no_such_url_is_refused_and_never_quoted(text: str) -> None:
    with pytest.raises(SettingsError, match="s3://BUCKET/PREFIX") as said:
        made(of_options({"store_url": text}))
    assert "pass-word" not in str(said.value)
