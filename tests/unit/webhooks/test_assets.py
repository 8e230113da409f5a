"""Assets a DAG is scheduled on, and the ones the receiver updates: the same."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.vendors.circa.push import RESOURCES
from airflow_provider_circle.webhooks.assets import circa_asset, circa_uri, circleci_asset, circleci_uri
from airflow_provider_circle.webhooks.delivery import READERS

receiving = pytest.mark.skipif(not AIRFLOW_V_3_1_PLUS, reason="Airflow before 3.1 receives nothing")

SLUGS = ["gh/acme/web", "github/Acme/Web", "bb/acme/web.js", "circleci/9YytKzouJx/44n9wujWcT", "gh/a-b/c_d"]


@receiving
@pytest.mark.parametrize("event", ["workflow-completed", "job-completed"])
@pytest.mark.parametrize("slug", SLUGS)
def test_asset_of_a_dag_is_the_one_a_webhook_updates(slug: str, event: str) -> None:
    body = {"id": "a", "type": event, "happened_at": "2026-03-01T12:00:00Z", "project": {"slug": slug}}
    delivery = READERS["circleci"](body, "ci")

    assert delivery is not None
    assert [circleci_asset(slug, event).uri] == list(delivery.extras)


@receiving
@pytest.mark.parametrize("conn_id", ["circa_default", "Circa.EU-1"])
@pytest.mark.parametrize(("resource_type", "resource"), RESOURCES.items())
def test_asset_of_a_dag_is_the_one_a_push_updates(resource_type: str, resource: str, conn_id: str) -> None:
    change = {"action": "create", "resource_id": "a", "resource_type": resource_type}
    delivery = READERS["circa"]({"changed_at": "2026-03-01T12:00:00Z", "change_log": [change]}, conn_id)

    assert delivery is not None
    assert [circa_asset(resource, conn_id).uri] == list(delivery.extras)


@receiving
def test_asset_is_named_like_its_address() -> None:
    asset = circleci_asset("gh/acme/web")

    assert asset.name == asset.uri == "circleci://gh/acme/web/workflow-completed"


@pytest.mark.parametrize(
    ("slug", "uri"),
    [
        ("github/acme/web", "circleci://gh/acme/web/workflow-completed"),
        ("gh/Acme/Web", "circleci://gh/acme/web/workflow-completed"),
        ("bitbucket/Acme/Web", "circleci://bb/acme/web/workflow-completed"),
        ("circleci/9YytKz/44n9Wu", "circleci://circleci/9YytKz/44n9Wu/workflow-completed"),
    ],
)
def test_every_way_to_write_a_project_is_one_address(slug: str, uri: str) -> None:
    assert circleci_uri(slug, "workflow-completed") == uri


def test_event_tells_through_which_connection_it_came() -> None:
    body = {"id": "a", "type": "job-completed", "happened_at": "2026-03-01T12:00:00Z", "project": {"slug": "gh/a/b"}}
    delivery = READERS["circleci"](body, "ci")

    assert delivery is not None
    assert dict(delivery.extras) == {
        "circleci://gh/a/b/job-completed": {
            "delivery_id": "a",
            "conn_id": "ci",
            "type": "job-completed",
            "happened_at": "2026-03-01T12:00:00Z",
            "project_slug": "gh/a/b",
        }
    }


def test_events_of_one_push_share_their_delivery() -> None:
    changes = [{"action": "create", "resource_id": "a", "resource_type": each} for each in ("Event", "Contact")]
    delivery = READERS["circa"]({"changed_at": "2026-03-01T12:00:00Z", "change_log": changes}, "crm")

    assert delivery is not None
    assert {extra["delivery_id"] for extra in delivery.extras.values()} == {delivery.delivery_id}
    assert [extra["resource"] for extra in delivery.extras.values()] == ["events", "contacts"]


@pytest.mark.parametrize(
    ("slug", "event", "named"),
    [("acme", "workflow-completed", "project_slug"), ("gh/acme/web", "ping", "event"), ("gh/acme/web", "", "event")],
)
def test_wrong_circleci_asset_is_refused(slug: str, event: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        circleci_uri(slug, event)


@pytest.mark.parametrize(
    ("resource", "conn_id", "named"),
    [
        ("Contact", "crm", "resource"),
        ("", "crm", "resource"),
        ("contacts", "", "conn_id"),
        ("contacts", "a/b", "conn_id"),
    ],
)
def test_wrong_circa_asset_is_refused(resource: str, conn_id: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        circa_uri(resource, conn_id)


@pytest.mark.skipif(AIRFLOW_V_3_1_PLUS, reason="Airflow from 3.1 on receives webhooks")
def test_airflow_that_receives_nothing_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"Airflow 3\.1 and newer"):
        circleci_asset("gh/acme/web")
