"""Where a Chromium may be found. Apart from spiders.browser.renderer, whose import of Playwright costs a second."""

import shutil
from pathlib import Path

from prober.errors import ConfigError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = "no Chromium found; install one (package chromium) or name it in prober.toml under [crawl] browser"


def find_browser(setting: str) -> str | None:
    """Path of the Chromium to use, or None. `setting` is a path, "auto" or "none".

    Raises ConfigError where a path is named that is no program.
    """
    if setting == "none":
        return None
    if setting != "auto":
        found = shutil.which(setting)
        if not found:
            raise ConfigError(f'[crawl] browser: {setting} is not a program; name another, "auto" or "none"')
        return found
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _bundled()


def _bundled() -> str | None:
    """The Chromium that `playwright install` brings: newest first."""
    for root in (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"):
        for pattern in (
            "chromium*/chrome-linux*/*chrome*",
            "chromium*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
        ):
            for path in sorted(root.glob(pattern), reverse=True):
                if path.name in ("chrome", "headless_shell", "chrome-headless-shell", "Chromium") and path.is_file():
                    return str(path)
    return None
