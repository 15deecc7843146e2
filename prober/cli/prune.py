"""prober prune: remove evidence that nothing rests on any more."""

import json
from dataclasses import asdict

import click

from prober.services import prune as service
from prober.services.context import Context


@click.command()
@click.option("--yes", is_flag=True, help="Remove them; without it they are only named.")
@click.option("--json", "as_json", is_flag=True, help="Print the files and bytes that go and those that stay.")
@click.pass_obj
def prune(context: Context, yes: bool, as_json: bool) -> None:
    """Name the files of evidence that nothing rests on and that no visit has seen for `[retention] evidence_days`.

    With --yes they are removed. What a verdict in use or a last good one rests on stays, and so do both sides of an
    open change, what published snapshots show, questions, and whatever a record that stays refers to. The rows in
    results.db stay: the words, the address, the hash and the time of a page are still shown, without its copy.
    """
    done = service.prune(context, yes)
    if as_json:
        click.echo(json.dumps(asdict(done) | {"removed": yes}, ensure_ascii=False, indent=2))
        return
    for name in done.files:
        click.echo(name)
    verb = "removed" if yes else "would go (--yes removes them)"
    click.echo(
        f"{len(done.files)} files, {done.bytes / 1e6:.1f} MB, not seen for {done.days} days: {verb}; "
        f"{done.kept_files} files, {done.kept_bytes / 1e6:.1f} MB stay"
    )
