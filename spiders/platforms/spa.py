"""Single-page applications: the source has only an empty element that a script fills."""

from spiders.platforms.base import Platform, marks

SPA = Platform(
    name="spa",
    sure=marks(r"<app-root[\s>]", r"\bng-version=", r"id=[\"']__(?:next|nuxt)[\"']", r"window\.__INITIAL_STATE__"),
    marks=marks(
        r"id=[\"'](?:app|root)[\"']\s*>",
        r"(?:runtime|polyfills|main|chunk-vendors|bundle)[.\-][\w.\-]{0,200}js",
    ),
)
