"""Registry of steps: a module in :mod:`scansim.steps` registers each verb with the function that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from scansim.exam.state import Exam
from scansim.exam.step import Step

Parameters = TypeVar("Parameters", bound=Step)


@dataclass(frozen=True)
class Verb:
    """One verb: the model of its parameters, and what it does."""

    model: type[Step]
    run: Callable[[Exam, Any], str]

    @property
    def bare(self) -> bool:
        """Whether the verb alone is a step, without parameters."""
        return not any(field.is_required() for field in self.model.model_fields.values())


_VERBS: dict[str, Verb] = {}


def step(
    model: type[Parameters],
) -> Callable[[Callable[[Exam, Parameters], str]], Callable[[Exam, Parameters], str]]:
    """Register what carries out a step: it returns in one line what was done; Stopped says why it cannot go on."""

    def register(run: Callable[[Exam, Parameters], str]) -> Callable[[Exam, Parameters], str]:
        if model.verb in _VERBS:
            raise ValueError(f"{model.verb}: registered twice")
        if not model.__doc__ or not all(field.description for field in model.model_fields.values()):
            raise ValueError(f"{model.verb}: the step and each of its parameters need a description")
        _VERBS[model.verb] = Verb(model, run)
        return run

    return register


def registered() -> dict[str, Verb]:
    """Verbs that have been registered so far; :data:`scansim.steps.VERBS` has all of them."""
    return dict(_VERBS)
