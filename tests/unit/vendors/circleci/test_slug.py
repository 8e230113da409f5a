from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.slug import project_slug_of

ORG, PROJECT = "ec6887ec-7d44-4b31-b468-7e552408ee32", "44n9wujWcTnVZ2b5S8Fnat"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        pytest.param("gh/acme/web", "gh/acme/web", id="gh"),
        pytest.param("github/acme/web", "gh/acme/web", id="github"),
        pytest.param("bb/acme/web", "bb/acme/web", id="bb"),
        pytest.param("bitbucket/acme/web", "bb/acme/web", id="bitbucket"),
        pytest.param("GitHub/acme/web", "gh/acme/web", id="provider_in_capitals"),
        pytest.param(f"circleci/{ORG}/{PROJECT}", f"circleci/{ORG}/{PROJECT}", id="opaque"),
        pytest.param("gh/Acme-Inc/my.web_app", "gh/Acme-Inc/my.web_app", id="case_and_marks_of_a_name_stay"),
        pytest.param("gh/github/bitbucket", "gh/github/bitbucket", id="a_name_that_is_a_provider_stays"),
        pytest.param("gh/acme/.github", "gh/acme/.github", id="a_name_with_a_leading_dot"),
        pytest.param("  gh/acme/web\n", "gh/acme/web", id="blanks_around"),
        pytest.param("/gh/acme/web/", "gh/acme/web", id="slashes_around"),
    ],
)
def test_a_slug_is_brought_into_the_form_every_endpoint_takes(text: str, slug: str) -> None:
    assert project_slug_of(text) == slug


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("acme/web", id="no_provider"),
        pytest.param("gh/acme", id="no_project"),
        pytest.param("gh//web", id="no_organization"),
        pytest.param("gh/acme/web/tree", id="too_many_parts"),
        pytest.param("gitlab/acme/web", id="gitlab_has_opaque_slugs"),
        pytest.param("gh/acme/..", id="climbs_out"),
        pytest.param("gh/./web", id="stays_in_place"),
        pytest.param("gh/acme/we b", id="blank_inside"),
        pytest.param("gh/acme/web?x=1", id="query"),
        pytest.param("gh/acme/web#x", id="fragment"),
        pytest.param("gh%2Facme%2Fweb", id="escaped_as_a_whole"),
        pytest.param("gh/acme/we%2Fb", id="escaped_slash_inside"),
        pytest.param("https://github.com/acme/web", id="a_url"),
        pytest.param("gh/acme/we\x00b", id="control_character"),
        pytest.param("gh/acme/we\x7fb", id="delete"),
        pytest.param("gh/acme/we\ud800b", id="half_a_surrogate_pair"),
        pytest.param(None, id="none"),
        pytest.param(7, id="a_number"),
        pytest.param(b"gh/acme/web", id="bytes"),
    ],
)
def test_what_is_no_slug_is_refused_by_name_with_what_would_be_right(text: Any) -> None:
    with pytest.raises(ValueError, match=r"project_slug must look like gh/<organization>/<repository>.*got "):
        project_slug_of(text)


@pytest.mark.parametrize("text", ["github/acme/web", "bitbucket/acme/web", f"circleci/{ORG}/{PROJECT}"])
def test_a_normalised_slug_stays_what_it_is(text: str) -> None:
    slug = project_slug_of(text)

    assert project_slug_of(slug) == slug
