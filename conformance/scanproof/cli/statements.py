"""Commands for statement files, without a network: statement lint, claims, render, upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanproof.cli.application import app

group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Conformance Statements as files: what is wrong in one, what it claims, how it reads, and the newer form.",
)
app.add_typer(group, name="statement")

_File = Annotated[Path, typer.Argument(metavar="FILE", help="a statement file of either form, or a built-in name")]
_AsJson = Annotated[bool, typer.Option("--json", help="as JSON")]


@group.command()
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="statement files, or built-in names")
    ] = None,
    json: _AsJson = False,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="tell what a rule demands, and why")] = None,
) -> None:
    """Say what is wrong, doubtful or left over in statement files, as FILE:LINE: LEVEL: RULE: TEXT.

    Exit codes: 0 no errors (there may be warnings and notes), 1 errors, 2 a file cannot be read.

    \b
    Examples:
      scanproof statement lint archive.yaml
      scanproof statement lint statements/*.yaml --json
      scanproof statement lint --explain required-key
    """
    from scanproof.statements import file_of
    from scanproof.statements.lint import Finding, Severity, counted, explained, lint
    from scansim.inputs import InputError

    if explain is not None:
        typer.echo(explained(explain))
        return
    if not files:
        raise InputError("statement lint: give a file, or --explain RULE")
    found: list[Finding] = []
    unreadable: list[str] = []
    for file in dict.fromkeys(files):
        try:
            found += lint(file_of(file))
        except InputError as error:  # the other files are told all the same
            unreadable.append(str(error))
    if json:
        import json as json_module

        typer.echo(json_module.dumps([each.as_data() for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            typer.echo(str(each))
        if len(unreadable) < len(set(files)):
            typer.echo(counted(found))
    if unreadable:
        raise InputError("\n".join(unreadable))
    raise typer.Exit(any(each.level is Severity.ERROR for each in found))


@group.command()
def claims(file: _File, json: _AsJson = False) -> None:
    """List what a statement claims, with the cases that can observe each claim, or why none can.

    \b
    Examples:
      scanproof statement claims archive.yaml
      scanproof statement claims archive.yaml --json
    """
    from scanproof.statements import file_of, load_statement
    from scanproof.statements.listing import as_text, listed

    statement = load_statement(file_of(file))
    found = listed(statement)
    if json:
        import json as json_module

        typer.echo(json_module.dumps([each.as_data() for each in found], indent=2, ensure_ascii=False))
    else:
        typer.echo(as_text(statement, found), nl=False)


@group.command()
def render(
    file: _File,
    html: Annotated[bool, typer.Option("--html", help="as an HTML page of its own")] = False,
) -> None:
    """Show a statement as tables for people, every chapter, also those that nothing here tests.

    \b
    Examples:
      scanproof statement render archive.yaml
      scanproof statement render archive.yaml --html > archive.html
    """
    from scanproof.statements import file_of
    from scanproof.statements.rendering import as_html, as_text
    from scanproof.statements.statement import of_document
    from scansim.inputs import load

    document = load(file_of(file))
    title = of_document(document).title  # what is no statement is refused
    typer.echo(as_html(document, title) if html else as_text(document), nl=False)


@group.command()
def upgrade(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a statement file of the first form")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="where to write; standard output if left out")
    ] = None,
) -> None:
    """Rewrite a statement of the first form in the form of PS3.2 Annex N; it claims the same, under the same ids.

    A file that is there is never overwritten.

    \b
    Examples:
      scanproof statement upgrade old.yaml
      scanproof statement upgrade old.yaml -o new.yaml
    """
    from scanproof.statements.upgrading import upgraded
    from scanproof.statements.writing import put

    text = upgraded(file)
    if out is None:
        typer.echo(text, nl=False)
        return
    put(text, out)
    typer.echo(f"{out} written; see what is left to state: scanproof statement lint {out}")
