from __future__ import annotations

import pytest

from airflow_provider_circle.vendors.circleci.owner import checked_owner

ID = "39723015-B399-4601-9ff6-bd1bfbed8fa8"


@pytest.mark.parametrize(
    ("owner", "checked"),
    [
        pytest.param((ID, None, None), {"id": ID.lower()}, id="id"),
        pytest.param((ID, None, "account"), {"id": ID.lower(), "type": "account"}, id="account"),
        pytest.param((None, "github/acme", None), {"slug": "gh/acme"}, id="long_slug"),
        pytest.param(
            (None, f"circleci/{ID}", "organization"),
            {"slug": f"circleci/{ID}", "type": "organization"},
            id="opaque_slug",
        ),
    ],
)
def test_an_owner_is_told_by_id_or_slug(
    owner: tuple[str | None, str | None, str | None], checked: dict[str, str]
) -> None:
    assert checked_owner(*owner) == checked


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        pytest.param((None, None, "organization"), "got neither", id="nobody"),
        pytest.param((ID, "gh/acme", None), "got both", id="both"),
        pytest.param(("", None, None), "owner_id must be a UUID", id="empty_id"),
        pytest.param((None, "", None), "owner_slug must look like .* got ''", id="empty_slug"),
        pytest.param((None, "acme", None), "owner_slug must look like .* got 'acme'", id="name"),
        pytest.param((None, "svn/acme", None), "owner_slug must look like", id="another_code_host"),
        pytest.param((None, "gh/acme", "account"), "owner_type must be organization", id="account_by_slug"),
        pytest.param((ID, None, ""), "owner_type must be one of organization, account", id="empty_type"),
    ],
)
def test_what_is_no_owner_is_refused(owner: tuple[str | None, str | None, str | None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_owner(*owner)
