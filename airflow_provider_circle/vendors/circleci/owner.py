"""Who owns a context, as CircleCI wants to be told; checked before anything is sent."""

from __future__ import annotations

from typing import Any

from airflow_provider_circle.core.arguments import checked_word
from airflow_provider_circle.vendors.circleci.arguments import checked_organization, checked_uuid

__all__ = ["checked_owner"]


def checked_owner(owner_id: Any, owner_slug: Any, owner_type: Any) -> dict[str, str]:
    """
    Check who owns a context.

    :return: ``id`` or ``slug``, and ``type`` where it is given.
    :raises ValueError: both or neither of them, one of a wrong shape, or a type that does not go with it.

    Source: https://circleci.com/docs/api/v2/#operation/createContext
    """
    if (owner_id is None) == (owner_slug is None):
        got = "neither" if owner_id is None else "both"
        raise ValueError(f"owner_id or owner_slug must say whose context it is, got {got}")
    owner = {"slug": _slug(owner_slug)} if owner_id is None else {"id": checked_uuid("owner_id", owner_id)}
    if owner_type is None:
        return owner
    if checked_word("owner_type", owner_type, "organization", "account") == "account" and "slug" in owner:
        raise ValueError("owner_type must be organization with an owner_slug; an account has an owner_id")
    return {**owner, "type": owner_type}


def _slug(value: Any) -> str:
    try:
        if "/" in str(value):
            return checked_organization(value)
    except ValueError:
        pass
    raise ValueError(
        f"owner_slug must look like gh/<organization>, bb/<workspace> or circleci/<organization id>, got {value!r:.60}"
    )
