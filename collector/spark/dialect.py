"""Our SQL, which is DuckDB's, as Spark wants it; and which of a query's parts are worth computing once."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

SHARED = "shared_"  # what the name of a part that is computed once begins with


@dataclass(frozen=True, slots=True)
class Parts:
    """A query for Spark. shared: names and queries that are to be computed first, in this order; `whole` reads them.

    Spark puts a named part (WITH) into each place that reads it and computes it there anew; DuckDB computes it once.
    """

    shared: tuple[tuple[str, str], ...]
    whole: str


@cache
def spark_sql(sql: str) -> str:
    """A query of our dialect as Spark wants it, in one piece.

    Raises sqlglot's ParseError for what is no SQL.
    """
    return _written(_parsed(sql))


@cache
def parts(sql: str) -> Parts:
    """A query of our dialect as Spark wants it, with what several of its parts read apart.

    Apart is what groups rows: to read few groups again is cheap, to make them again is not. What only filters and joins
    has about as many rows as its input, and is made again. Groups that rows are looked up in (EXISTS) are apart too:
    where Spark knows that they are few, the rows stay where they are. Raises sqlglot's ParseError for what is no SQL.
    """
    from sqlglot import exp  # noqa: PLC0415 - half a second that only those wait for who want Spark

    tree = _parsed(sql)
    head = next((one for one in tree.find_all(exp.With) if one.parent is tree), None)
    if head is None or len(list(tree.find_all(exp.With))) > 1:  # a name may mean something else inside
        return Parts((), _written(tree))
    shared: list[tuple[str, str]] = []
    kept: dict[str, exp.CTE] = {}
    grouping: set[str] = set()
    for part in list(head.expressions):
        name = part.alias
        groups = part.this.find(exp.Group, exp.Distinct) or grouping & _named(part.this)
        readers = [one for one in _tables(tree) if one.name == name and not _lies_before(one, part, head)]
        if groups and (len(readers) > 1 or any(map(_is_looked_up, readers))):
            shared.append((SHARED + name, _written(_with(part.this.copy(), kept))))
            for one in readers:
                _read_instead(one, SHARED + name)
        else:
            kept[name] = part
            grouping |= {name} if groups else set()
    whole = tree.copy()
    next(one for one in whole.find_all(exp.With) if one.parent is whole).pop()
    return Parts(tuple(shared), _written(_with(whole, kept)))


def _with(query: "exp.Query", kept: "dict[str, exp.CTE]") -> "exp.Query":
    """A query with those of the named parts that it reads, directly or through others."""
    wanted: set[str] = _named(query)
    for name in reversed(kept):
        if name in wanted:
            wanted |= _named(kept[name].this)
    for name, part in kept.items():
        if name in wanted:
            query = query.with_(name, as_=part.this.copy(), copy=False)
    return query


def _is_looked_up(table: "exp.Table") -> bool:
    from sqlglot import exp  # noqa: PLC0415

    return table.find_ancestor(exp.Exists) is not None


def _lies_before(table: "exp.Table", part: "exp.CTE", head: "exp.With") -> bool:
    """Whether a table stands in a part's own text or in one before it, where its name means something else."""
    before = head.expressions[: head.expressions.index(part) + 1]
    return any(one is above for above in _above(table) for one in before)


def _above(node: "exp.Expr") -> "list[exp.Expr]":
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def _read_instead(table: "exp.Table", name: str) -> None:
    from sqlglot import exp  # noqa: PLC0415

    if not table.alias:  # its columns may be named with it
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(name))


def _tables(tree: "exp.Expr") -> "list[exp.Table]":
    from sqlglot import exp  # noqa: PLC0415

    return list(tree.find_all(exp.Table))


def _named(tree: "exp.Expr") -> set[str]:
    return {one.name for one in _tables(tree)}


def _parsed(sql: str) -> "exp.Query":
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415

    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def _written(tree: "exp.Expr") -> str:
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.dialects.spark import Spark  # noqa: PLC0415

    class Exact(Spark):
        """Spark's own exact percentiles: sqlglot would write the approximate ones, with other results."""

        class Generator(Spark.Generator):  # type: ignore[misc, valid-type]
            TRANSFORMS = {  # noqa: RUF012 - as sqlglot has it
                **Spark.Generator.TRANSFORMS,
                exp.WithinGroup: lambda self, one: f"{self.sql(one.this)} WITHIN GROUP ({self.sql(one.expression)})",
                exp.PercentileCont: lambda self, one: self.func("PERCENTILE_CONT", one.this),
            }

    return str(tree.sql(dialect=Exact, comments=False))
