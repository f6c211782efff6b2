"""Places where a Python source can be broken, and how: one mutant each, for `tools/mutate.py`.

Not mutated, because no test can be expected to look at them: docstrings, annotations, decorators (texts and facts of
``@check``), message texts (f-strings, constants with a blank, what is raised and what a check says), asserts,
``__all__`` and the like.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}

#: What checks say what they saw with.
_SAYING = ("ok", "fail", "warn", "inconclusive")


@dataclass(frozen=True)
class Place:
    """One mutant: lines and columns (in bytes, as `ast` counts) of a file, and what stands there instead."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    kind: str
    text: str

    def applied(self, source: str) -> str:
        """Return the source with this one change."""
        lines = source.encode().splitlines(keepends=True)
        start = sum(map(len, lines[: self.line - 1])) + self.column
        end = sum(map(len, lines[: self.end_line - 1])) + self.end_column
        data = source.encode()
        return (data[:start] + self.text.encode() + data[end:]).decode()


def places(path: str, source: str) -> Iterator[Place]:
    """Yield every mutant of a file in order."""
    for node in _mutable(ast.parse(source)):
        for kind, target, text in _changes(node):
            if ast.unparse(target) != text:
                end_line, end_column = target.end_lineno or target.lineno, target.end_col_offset or 0
                yield Place(path, target.lineno, target.col_offset, end_line, end_column, kind, text)


def _mutable(node: ast.AST, told: bool = False) -> Iterator[ast.AST]:
    """Yield what may be mutated, without what is no behaviour; `told` inside what is said to people."""
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id.startswith("__") for t in node.targets):
        return
    if isinstance(node, ast.If) and any(name in ast.unparse(node.test) for name in ("TYPE_CHECKING", "__name__")):
        return
    if told and isinstance(node, ast.Constant) and isinstance(node.value, str):
        return
    told = told or isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and ast.unparse(node.func) in _SAYING)
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "keywords" if _is_type(node) else ""):
            continue
        for child in value if isinstance(value, list) else [value]:
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            fact = isinstance(child, ast.keyword) and child.arg in ("strict", "encoding")  # zip's and open's
            if isinstance(child, ast.AST) and not docstring and not fact:
                yield from _mutable(child, told)


def _is_type(node: ast.AST) -> bool:
    """Whether this is the definition of a type in the form of a call, or a class: keywords are no behaviour."""
    return isinstance(node, ast.ClassDef) or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("TypeVar",))


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.stmt | ast.expr, str]]:
    """Yield kind, node to replace and its new text."""
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _COMPARISONS[type(operator)]:
                    operators = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                    yield "comparison", node, ast.unparse(ast.Compare(node.left, operators, node.comparators))
        case ast.BoolOp():
            # in brackets: "a and b" may stand beside another "and"
            other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and/or", node, f"({ast.unparse(ast.BoolOp(other_op, node.values))})"
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "sign", node, f"({ast.unparse(node.operand)})"
        case ast.BinOp() if type(node.op) in _OPERATORS:
            yield "operator", node, f"({ast.unparse(ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right))})"
        case ast.Constant():
            yield from (("constant", node, repr(value)) for value in _constants(node.value))
        case ast.If() | ast.While() | ast.IfExp() if not isinstance(node.test, ast.Compare | ast.UnaryOp):
            yield "condition", node.test, f"(not ({ast.unparse(node.test)}))"
        case ast.comprehension():
            yield from (("filter", test, "True") for test in node.ifs)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return", value, "None"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield "statement", node, "pass"
        case ast.Continue() | ast.Break() | ast.Return(value=None):
            yield "statement", node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "statement", node, "pass"
        case ast.Call(args=[first, second, *rest]) if ast.unparse(node.func) not in ("min", "max"):
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                call = ast.Call(node.func, [second, first, *rest], node.keywords)
                yield "arguments", node, ast.unparse(call)
        case ast.Subscript(slice=ast.Slice() as part):
            for bound in ("lower", "upper"):
                if getattr(part, bound) is not None:
                    lower, upper = (
                        None if bound == name else old for name, old in (("lower", part.lower), ("upper", part.upper))
                    )
                    yield (
                        "slice",
                        node,
                        ast.unparse(ast.Subscript(node.value, ast.Slice(lower, upper, part.step), node.ctx)),
                    )


def _constants(value: object) -> tuple[object, ...]:
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1,)
        case str() if " " in value.strip():
            return ()  # a text for people
        case str():
            return ("",) if value else ("mutated",)
        case bytes():
            return (b"",) if value else (b"mutated",)
    return ()
