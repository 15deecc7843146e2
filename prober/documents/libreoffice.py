"""Run LibreOffice on one file, macros off. Runs as a program of its own (prober.documents.isolation).

The profile is new for every file, so that nothing of one reaches the next, and holds nothing but the ban on macros.
"""

import base64
import subprocess
import tempfile
from pathlib import Path

from prober.documents.reader_program import Lacks

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def convert(data: bytes, ending: str, to: str) -> dict[str, str]:
    """Return a file in another format, in base64; empty where LibreOffice writes none. Raises Lacks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profile/user").mkdir(parents=True)
        (folder / "profile/user/registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        source = folder / f"file.{ending}"
        source.write_bytes(data)
        options = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        try:
            subprocess.run(
                ["soffice", *options, profile, "--convert-to", to, "--outdir", str(folder / "out"), str(source)],
                check=False, capture_output=True,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise Lacks("LibreOffice") from error
        made = folder / f"out/file.{to}"
        return {"data": base64.b64encode(made.read_bytes()).decode() if made.is_file() else ""}
