"""What a site may be called: its name stands in addresses and in the names of ways."""

import pytest

from collector.errors import QueryError
from collector.records.sites import check_name


@pytest.mark.parametrize("name", ["shop", "Halle 3", "Café Łódź", "a" * 63])
def test_a_sites_name_may_be_what_people_call_it(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", " shop", "mall/shop", "a > b", "two\nlines", "a" * 64])
def test_a_name_that_an_address_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(QueryError, match="is no name of a site"):
        check_name(name)
