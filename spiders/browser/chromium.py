"""Find a Chromium. Not in spiders.browser.renderer, because that imports Playwright, which takes a second."""

import shutil
from pathlib import Path

from prober.errors import ConfigError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
REMOTE = ("ws://", "wss://")  # a Playwright server on another machine
NO_BROWSER = "no Chromium found; install one (package chromium) or name it in prober.toml under [crawl] browser"


def find_browser(setting: str) -> str | None:
    """Return the path of the Chromium to use, or None. `setting` is a path, "auto" or "none"; ws://… stays as it is.

    Raises ConfigError if `setting` is a path that is not a program.
    """
    if setting == "none":
        return None
    if setting.startswith(REMOTE):
        return setting
    if setting != "auto":
        found = shutil.which(setting)
        if not found:
            raise ConfigError(f'[crawl] browser: {setting} is not a program; name another, "auto" or "none"')
        return found
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _bundled()


def _bundled() -> str | None:
    """Return the newest Chromium installed by `playwright install`, or None."""
    for root in (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"):
        for pattern in (
            "chromium*/chrome-linux*/*chrome*",
            "chromium*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
        ):
            for path in sorted(root.glob(pattern), reverse=True):
                if path.name in ("chrome", "headless_shell", "chrome-headless-shell", "Chromium") and path.is_file():
                    return str(path)
    return None
