"""Commands that tell what there is: list, schema."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from scanproof.cli.application import app


class Listed(StrEnum):
    """What can be listed."""

    SCENARIOS = "scenarios"
    STATEMENTS = "statements"
    STEPS = "steps"
    PROTOCOLS = "protocols"
    CHECKS = "checks"
    RULES = "rules"
    DEFECTS = "defects"


class Schema(StrEnum):
    """Files that have a JSON Schema."""

    SCENARIO = "scenario"
    PROTOCOL = "protocol"
    SITE = "site"
    STATEMENT = "statement"
    RESULTS = "results"
    PROFILE = "profile"


@app.command(name="list")
def list_(
    what: Annotated[Listed, typer.Argument(help="what to list")],
    json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """List the built-in scenarios or statements, the steps of scenarios, the protocols, the checks, the rules of
    `check`, or the defects.

    \b
    Examples:
      scanproof list scenarios
      scanproof list statements
      scanproof list steps
      scanproof list checks --json
      scanproof list rules
      scanproof list defects --json
    """
    from scanproof.catalogue import catalogue, show

    rows = catalogue(what.value)
    if json:
        import json as json_module

        typer.echo(json_module.dumps(rows, indent=2, ensure_ascii=False))
    else:
        typer.echo(show(what.value, rows))


@app.command()
def schema(of: Annotated[Schema, typer.Argument(help="which file")]) -> None:
    """Print the JSON Schema of a file that scanproof reads or writes.

    \b
    Examples:
      scanproof schema scenario > scenario.schema.json
      scanproof schema results
    """
    import json

    from scanproof import results, statements
    from scanproof.iod.command import json_schema
    from scansim.exam import scenario_files
    from scansim.generate import protocol_schema
    from scansim.site import Site

    made = {
        Schema.SCENARIO: scenario_files.json_schema,
        Schema.PROTOCOL: protocol_schema,
        Schema.SITE: lambda: {"$schema": "https://json-schema.org/draft/2020-12/schema", **Site.model_json_schema()},
        Schema.STATEMENT: statements.json_schema,
        Schema.RESULTS: results.json_schema,
        Schema.PROFILE: json_schema,
    }[of]()
    typer.echo(json.dumps(made, indent=2))
