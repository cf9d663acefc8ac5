"""What can be changed in a SQL file: cosmic-ray knows Python only.

The words are those of sqlglot's tokenizer for DuckDB; a change replaces one of them and leaves the others as they are.
"""

from collections.abc import Iterator, Sequence

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

# A word -> what it is mistaken for.
_MISTAKEN = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "!=": "=", "+": "-", "-": "+"}
_MISTAKEN |= {"AND": "OR", "OR": "AND", "MIN": "max", "MAX": "min", "LEAST": "greatest", "GREATEST": "least"}
_MISTAKEN |= {"LEFT": "INNER", "ASC": "DESC", "DESC": "ASC"}

Place = tuple[int, int, str]  # the word from one character up to another, and what stands there instead


def places(sql: str) -> Iterator[Place]:
    """Every change that there is."""
    tokens = DuckDB().tokenize(sql)
    return ((one.start, one.end + 1, word) for at, one in enumerate(tokens) for word in _instead(tokens, at))


def changed(sql: str, place: Place) -> str:
    """The SQL with this one change."""
    start, end, word = place
    return sql[:start] + word + sql[end:]


def _instead(tokens: Sequence[Token], at: int) -> Iterator[str]:
    token = tokens[at]
    if token.token_type is TokenType.NUMBER:
        yield from (repr(_number(token.text) + step) for step in (1, -1))
    elif token.token_type is TokenType.NOT:
        yield ""
    elif token.token_type is TokenType.JOIN and _is_inner(tokens, at):
        yield "LEFT JOIN"
    elif token.token_type is not TokenType.STRING and not _ends_between(tokens, at):
        word = _MISTAKEN.get(token.text.upper())
        if word is not None:
            yield word


def _number(text: str) -> float | int:
    return float(text) if {".", "e", "E"} & set(text) else int(text)


def _is_inner(tokens: Sequence[Token], at: int) -> bool:
    sided = (TokenType.LEFT, TokenType.CROSS, TokenType.FULL, TokenType.OUTER, TokenType.SEMI, TokenType.ANTI)
    return tokens[at - 1].token_type not in (*sided, TokenType.ASOF)


def _ends_between(tokens: Sequence[Token], at: int) -> bool:
    """Whether this is the AND of a BETWEEN, which is not the one that joins two conditions."""
    for token in reversed(tokens[:at]):
        if token.token_type is TokenType.BETWEEN:
            return tokens[at].token_type is TokenType.AND
        if token.token_type in (TokenType.AND, TokenType.OR, TokenType.WHERE, TokenType.ON, TokenType.WHEN):
            return False
    return False
