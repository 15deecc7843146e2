"""prober backup, restore, prune: keep copies of a study, put one back, and let evidence go that nothing rests on."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from prober.services import backup as service
from prober.services.context import Context
from prober.services.nights import prune as pruning

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print folder, time, number of files and bytes.")
@click.pass_obj
def backup(context: Context, folder: Path, as_json: bool) -> None:
    """Copy databases, the journal of sent letters, evidence and protocols into a new folder below DIR, with checksums.

    Everything else may go on meanwhile. Files that have not changed since the last backup in DIR are linked to it and
    take no room. Keep DIR on another disk, and prober.toml and the files with passwords elsewhere: they are not in it.
    """
    done = service.backup(context, folder)
    if as_json:
        row = {"folder": str(done.folder), "made_at": done.made_at, "files": len(done.files), "bytes": done.bytes}
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{done.folder}  ({len(done.files)} files, {done.bytes / 1e6:.1f} MB)")


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--aside", metavar="ENDING", default="", help="Give what is there this ending, and put all back.")
@click.option("--json", "as_json", is_flag=True, help="Print what was put back, kept and put aside.")
@click.pass_obj
def restore(context: Context, folder: Path, aside: str, as_json: bool) -> None:
    """Put back what is missing here from the newest backup in DIR, or from the backup DIR itself.

    The backup is verified before anything is changed. What is there and sound is kept, because it may be newer; what
    is damaged stops the command, unless --aside names an ending for it. No letter is sent twice: those that may have
    left since the backup are doubtful, and the next `campaign send` looks for them in the mailbox first.
    """
    done = service.restore(context, folder, aside)
    if as_json:
        row = {
            "backup": str(done.backup.folder), "made_at": done.backup.made_at, "put_back": done.put_back,
            "kept": done.kept, "put_aside": list(map(str, done.put_aside)), "doubtful": done.doubtful,
        }  # fmt: skip
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    click.echo(f"{done.backup.folder}: {len(done.put_back)} files put back, {len(done.kept)} were there and stay")
    for path in done.put_aside:
        click.echo(f"put aside: {path}")
    if done.doubtful:
        click.echo(f"{done.doubtful} letters left since: `prober mailbox sync`, then `prober campaign settle`")


@click.command()
@click.option("--yes", is_flag=True, help="Remove them; without it they are only named.")
@click.option("--json", "as_json", is_flag=True, help="Print the files and bytes that go and those that stay.")
@click.pass_obj
def prune(context: Context, yes: bool, as_json: bool) -> None:
    """Name the files of evidence that nothing rests on and that no visit has seen for `[retention] evidence_days`.

    Where `[retention] snapshots` is a number, name the published snapshots too that are older than so many and not in
    `kept_snapshots`. Their manifests stay.

    With --yes they are removed. What a verdict in use or a last good one rests on stays, and so do both sides of an
    open change, what published snapshots show, questions, and whatever a record that stays refers to. The rows in
    results.db stay: the words, the address, the hash and the time of a page are still shown, without its copy.
    """
    done = pruning.prune(context, yes)
    if as_json:
        click.echo(json.dumps(asdict(done) | {"removed": yes}, ensure_ascii=False, indent=2))
        return
    for name in done.files:
        click.echo(name)
    for name in done.snapshots:
        click.echo(f"snapshot {name}")
    verb = "removed" if yes else "would go (--yes removes them)"
    if done.snapshots:
        click.echo(f"{len(done.snapshots)} snapshots, {done.snapshot_bytes / 1e6:.1f} MB: {verb}; their manifests stay")
    if not done.days:
        return
    click.echo(
        f"{len(done.files)} files, {done.bytes / 1e6:.1f} MB, not seen for {done.days} days: {verb}; "
        f"{done.kept_files} files, {done.kept_bytes / 1e6:.1f} MB stay"
    )
