"""What is planted in clients: each wrong client with the checks that notice it, all of them and no others.

::

    @at_target("echo-without-class", "client.required-fields")
    def _(port: int) -> None:
        with associated(port, VERIFICATION) as raw: ...          # any bytes

    @as_story("role-not-confirmed", "client.confirms-scp-role")
    def _(story: Story) -> None:
        story.associate(...)                                     # what our own target never says

The tables are `client_defects_net` and `client_defects_data`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanproof.judged_clients import JudgedClient, judged_client
from tests.support.building import Story
from tests.support.clients import client_of, judged

#: Whom clients call, and what they call themselves.
TARGET, CLIENT = "REFERENCE", "MODSIM"


@dataclass(frozen=True)
class ClientDefect:
    """One wrong client; ``judge`` lets it do what it does, in a folder, and says what was found of it.

    ``by_hand`` says that it needs no target, and so next to no time.
    """

    name: str
    noticed: frozenset[str]
    judge: Callable[[Path], JudgedClient]
    by_hand: bool = False


class Defects(dict[str, ClientDefect]):
    """A table of wrong clients by their names."""

    def at_target(self, name: str, *noticed: str, **config: Any) -> Callable[[Callable[[int], object]], None]:
        """A client that is driven at our target, given its port; `config` as in `ReferenceConfig`."""

        def register(drive: Callable[[int], object]) -> None:
            self._add(ClientDefect(name, frozenset(noticed), lambda folder: judged(folder, drive, **config)))

        return register

    def as_story(self, name: str, *noticed: str) -> Callable[[Callable[[Story], object]], None]:
        """A client of a transcript that is written by hand, for what our target never gives it to answer."""

        def register(tell: Callable[[Story], object]) -> None:
            def judge(folder: Path) -> JudgedClient:
                story = Story(folder)
                tell(story)
                return judged_client(client_of(story))

            self._add(ClientDefect(name, frozenset(noticed), judge, by_hand=True))

        return register

    def _add(self, defect: ClientDefect) -> None:
        assert defect.name not in self, f"{defect.name} twice"
        self[defect.name] = defect
