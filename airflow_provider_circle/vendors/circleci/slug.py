"""
Project slugs: the one name CircleCI has for a project, and the forms it is written in.

Checks and normalises before anything is sent.
"""

from __future__ import annotations

import re

__all__ = ["project_slug_of"]

_PROVIDERS = {"gh": "gh", "github": "gh", "bb": "bb", "bitbucket": "bb", "circleci": "circleci"}
"""The short forms work everywhere; ``pipeline/run`` takes no long form for GitHub."""

_SEGMENT = r"[^\s/?#%\x00-\x1f\x7f\ud800-\udfff]+"
"""Of what can be part of an address; half a surrogate pair, which JSON can hold, cannot."""


def project_slug_of(text: str) -> str:
    """
    Check a project slug and bring it into the form every endpoint takes.

    :param text: ``gh/org/repo``, ``github/org/repo``, ``bb/…``, ``bitbucket/…`` or ``circleci/<org-id>/<project-id>``.
    :return: the same with the short provider name.
    :raises ValueError: anything else.

    Source: https://circleci.com/docs/api-developers-guide/#getting-started-with-the-api
    """
    if isinstance(text, str):
        provider, *rest = text.strip().strip("/").split("/")
        if (
            provider.lower() in _PROVIDERS
            and len(rest) == 2
            and all(re.fullmatch(_SEGMENT, segment) and segment not in {".", ".."} for segment in rest)
        ):
            return "/".join((_PROVIDERS[provider.lower()], *rest))
    raise ValueError(
        "project_slug must look like gh/<organization>/<repository>, bb/<workspace>/<repository> or "
        f"circleci/<organization id>/<project id>, got {text!r}"
    )
