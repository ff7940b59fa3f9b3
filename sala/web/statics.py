"""Style, script, fonts: served under names that carry a hash of their content, so that browsers may keep them."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A file that nobody has collected yet is served under its plain name.

    So a page in a test, or in a tree fresh from the repository, never fails for want of `collectstatic`.
    """

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            return name
