"""What can be changed in a Python module, by cosmic-ray's operators.

Left out is what no promise speaks of: type hints, decorators (`frozen`, `slots`, the size of a cache) and what only a
type checker runs.
"""

import ast
from collections.abc import Iterator

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

# Of cosmic-ray's operators those that are mistakes people make; the others change the same places once more.
OPERATORS = (
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer", "ZeroIterationForLoop"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Invert"),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Mod_Mul", "LShift_RShift", "RShift_LShift")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitAnd", "Div_Mul")),
)

Position = tuple[int, int]  # line from 1, column from 0
Place = tuple[Position, str, int]  # operator, and which of its places this is


def places(source: str) -> Iterator[Place]:
    """Every change that there is."""
    tree, spared = get_ast(source), list(_spared(ast.parse(source)))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        starts = (start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(starts):
            if not any(begin <= start < end for begin, end in spared):
                yield start, name, occurrence


def changed(source: str, place: Place) -> str:
    """The source with this one change."""
    _, operator, occurrence = place
    found = mutate_code(source, get_operator(f"core/{operator}")(), occurrence)
    assert found is not None  # a place of this very source
    return str(found)


def _spared(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    """Where nothing is changed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from map(_span, (*node.decorator_list, *filter(None, [node.returns])))
        elif isinstance(node, ast.ClassDef):
            yield from map(_span, node.decorator_list)
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield (node.lineno, node.col_offset), _span(node.body[-1])[1]


def _span(node: ast.expr | ast.stmt) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)
