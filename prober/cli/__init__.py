"""The command line: parse arguments, call one function, print one result. May import everything below it."""

import errno
import importlib
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from prober import __version__
from prober.cli.output import CommandGroup, Terminal
from prober.errors import ProberError
from prober.services.context import Context, busy

# Command → "module:attribute". Loaded when used, so that `prober --help` does not import Scrapy.
COMMANDS = {
    "demo": "prober.cli.demo:demo",
    "study": "prober.cli.study:study",
    "agencies": "prober.cli.agencies:agencies",
    "crawl": "prober.cli.crawl:crawl",
    "fleet": "prober.cli.fleet:fleet",
    "campaign": "prober.cli.campaign.campaign:campaign",
    "mailbox": "prober.cli.mailbox.mailbox:mailbox",
    "review": "prober.cli.review.review:review",
    "analysis": "prober.cli.analysis:analysis",
    "report": "prober.cli.results:report",
    "check": "prober.cli.check:check",
    "publish": "prober.cli.results:publish",
    "serve": "prober.cli.results:serve",
    "nightly": "prober.cli.nightly:nightly",
    "status": "prober.cli.status:status",
    "doctor": "prober.cli.doctor:doctor",
    "prune": "prober.cli.backup:prune",
    "backup": "prober.cli.backup:backup",
    "restore": "prober.cli.backup:restore",
    "eval": "prober.cli.evaluate:evaluate",
}

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_HELD = "Another program holds it; run the same command again when that has ended; what was committed is intact."
_STORED = "Free some space or mend the permissions and run the same command again; what was committed is intact."


class LazyGroup(CommandGroup):
    """A group whose commands are imported when they are asked for, in the order of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Report our own errors as one line with their exit code; end with exit code 130 on Ctrl-C."""
        try:
            with _accounted(ctx):
                return super().invoke(ctx)
        except ProberError as error:
            click.echo(f"prober: {error}", err=True)
            sys.exit(error.exit_code)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) in (None, sqlite3.SQLITE_ERROR):
                _tell_damage(ctx)
                raise  # a mistake in our SQL, not a full, locked or unreadable disk
            remedy = _HELD if busy(error) else _STORED
            which = " or ".join(map(str, ctx.obj.suspected())) if ctx.obj else ""
            click.echo(f"prober: {which or 'a database'} cannot be used: {error}. {remedy}", err=True)
            sys.exit(1)
        except OSError as error:
            if error.errno not in _DISK:
                raise
            click.echo(f"prober: cannot write {error.filename or 'a file'}: {error.strerror}. {_STORED}", err=True)
            sys.exit(1)
        except (sqlite3.Error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            _tell_damage(ctx)
            raise
        except KeyboardInterrupt:
            click.echo("prober: stopped; what was finished is stored. Run the same command to go on.", err=True)
            sys.exit(130)


def _tell_damage(ctx: click.Context) -> None:
    """End with one line for each database that is damaged: what was read of it may be why a command failed."""
    if isinstance(ctx.obj, Context) and (lines := ctx.obj.damaged()):
        for line in lines:
            click.echo(f"prober: {line}", err=True)
        sys.exit(2)


@contextmanager
def _accounted(ctx: click.Context) -> Iterator[None]:
    """Check after a command that used private.db that every approved letter is accounted for, or raise ProberError.

    A command that fails keeps its own error and exit code; the letters are then reported besides.
    """
    try:
        yield
    except click.exceptions.Exit:
        _account(ctx)
        raise
    except (ProberError, KeyboardInterrupt):
        with suppress(sqlite3.Error, OSError):  # the error of the command is the one to report
            for line in ctx.obj.unaccounted() if ctx.obj else ():
                click.echo(f"prober: {line}", err=True)
        raise
    _account(ctx)


def _account(ctx: click.Context) -> None:
    if ctx.obj and (lines := ctx.obj.unaccounted()):
        raise ProberError("\nprober: ".join(lines))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="prober")
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file. Default: prober.toml if there is one, else the embedded world.",
)
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None) -> None:
    """Measure how responsive government agencies are to citizens, and prove every figure.

    Without a prober.toml every command works on the embedded world: simulated portals, agencies and mail on loopback.
    """
    ctx.obj = ctx.with_resource(Context(config_path, observer=Terminal()))
