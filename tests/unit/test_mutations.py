"""What `tools/mutate.py` breaks, and what it leaves alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutate import Measured
from tools.mutations import Place, places

ROOT = Path(__file__).parents[2]


def broken(source: str) -> list[str]:
    return [place.applied(source) for place in places("x.py", source)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a is b", ["a is not b"]),
        ("1 < a in b", ["1 <= a in b", "1 >= a in b", "1 < a not in b", "2 < a in b"]),
        ("a and b or c", ["((a and b) and c)", "(a or b) or c"]),
        ("not a", ["(a)"]),
        ("x = -a + b", ["x = (-a - b)", "x = (a) + b"]),
        (
            "x = 1, True, 'M', b''",
            ["x = 2, True, 'M', b''", "x = 1, False, 'M', b''", "x = 1, True, '', b''", "x = 1, True, 'M', b'mutated'"],
        ),
        ("if a:\n    b()", ["if (not (a)):\n    b()", "if a:\n    pass"]),
        ("[a for a in b if c]", ["[a for a in b if True]"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("while a < b:\n    break", ["while a <= b:\n    break", "while a >= b:\n    break", "while a < b:\n    pass"]),
        ("self.a = b", ["pass"]),
        ("x = f(a, b, c=d)", ["x = f(b, a, c=d)"]),
        ("x = a[b:c]", ["x = a[:c]", "x = a[b:]"]),
        ("x = 'é', 1", ["x = '', 1", "x = 'é', 2"]),
    ],
)
def test_each_place_is_broken_in_its_ways(source: str, wanted: list[str]) -> None:
    assert sorted(broken(source)) == sorted(wanted)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "x: Literal['M', 'F']",
        "def f(a: Literal[1]) -> Literal[2]: ...",
        "@check('id', title='T', level=Level.SHALL)\ndef f(): ...",
        "__all__ = ['a']",
        "x = f'{a + 1} of {b}'",
        "x = 'a message for people'",
        "if TYPE_CHECKING:\n    x = 1",
        "if __name__ == '__main__':\n    main()",
        "x = zip(a, strict=True)",
        "x = min(a, b)",
    ],
)
def test_what_is_no_behaviour_is_left_alone(source: str) -> None:
    assert broken(source) == []


def test_what_is_said_can_go_but_not_change() -> None:
    assert broken("raise ValueError('empty')") == ["pass"]
    assert broken("def f(): yield ok(a and 'absent')") == ["def f(): pass", "def f(): yield ok((a or 'absent'))"]


@pytest.mark.long
def test_every_mutant_of_a_real_module_is_python_and_differs() -> None:
    path = ROOT / "simulator" / "scansim" / "wire" / "pdu.py"
    source = path.read_text()
    mutants = broken(source)
    assert len(mutants) > 100
    for mutant in mutants:
        assert ast.dump(ast.parse(mutant)) != ast.dump(ast.parse(source))


ABOUT, OTHER = "test_about.py", "test_other.py"
MEASURED = Measured(
    {
        f"{ABOUT}::slow": 9.0,
        f"{ABOUT}::quick": 0.1,
        f"{ABOUT}::table": 0.2,
        f"{OTHER}::one": 1.0,
        f"{OTHER}::far": 50.0,
    },
    {
        "x.py": {5: [f"{ABOUT}::slow", f"{ABOUT}::quick", f"{OTHER}::one", f"{OTHER}::far"], 6: [f"{ABOUT}::quick"]},
        "y.py": {1: [f"{OTHER}::one"], 2: [f"{OTHER}::one"]},
    },
)


def chosen(line: int, budget: float, path: str = "x.py") -> list[list[str]]:
    stages = MEASURED.stages(Place(path, line, 0, line, 1, "constant", "1"), budget)
    return [[test.partition("::")[2] for test in stage] for stage in stages]


def test_the_quick_tests_of_the_file_that_is_most_about_a_module_come_first() -> None:
    assert chosen(5, 100) == [["quick"], ["table", "one", "slow", "far"]]
    assert chosen(5, 10.5) == [["quick"], ["table", "one", "slow"]]


def test_another_test_of_that_file_may_rest_on_what_was_cached() -> None:
    assert chosen(6, 100) == [["quick"], ["table", "slow"]]


def test_what_runs_on_import_meets_every_test_of_the_files_that_execute_the_module() -> None:
    assert chosen(1, 100) == [["quick", "table"], ["one", "slow", "far"]]
    assert chosen(1, 100, "nobody.py") == []
