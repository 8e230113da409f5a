"""What opens artifacts, token and signed addresses, goes where it must and is shown nowhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.hooks import masking
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.leaving import HOSTS, STORAGE, download, fetched, header, ran
from tests.unit.running import as_a_task_logs


@pytest.fixture
def pipeline_id(circleci: Sandbox) -> str:
    return ran(circleci)


@pytest.mark.parametrize("own_host", [True, False], ids=["own_host", "other_host"])
def test_token_goes_to_the_connections_host_only(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, own_host: bool
) -> None:
    circleci.circleci_artifact_hosts(own_host=own_host)

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    hosts, storage = fetched(circleci, HOSTS), fetched(circleci, STORAGE)
    assert [header(one, "circle-token") for one in hosts] == ["***" if own_host else None] * 4
    assert [header(one, "circle-token") for one in storage] == [None] * 4
    assert all(str(header(one, "host")).startswith("localhost") for one in storage)
    assert all(header(one, "authorization") is None for one in (*hosts, *storage))


def test_private_artifacts_on_the_own_host_come(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    circleci.circleci_artifact_hosts(own_host=True, needs_token=True)

    assert download(circleci, tmp_path, pipeline_id=pipeline_id)["artifacts"] == 4


def test_private_artifacts_on_another_host_fail_and_say_what_to_do(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path
) -> None:
    circleci.circleci_artifact_hosts(needs_token=True)

    with pytest.raises(AirflowFailException, match=r"artifact '.*' of job .* at localhost, answered 401.*token_hosts"):
        download(circleci, tmp_path, pipeline_id=pipeline_id)


def test_host_that_is_named_is_sent_the_token(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    circleci.circleci_artifact_hosts(needs_token=True)

    assert download(circleci, tmp_path, pipeline_id=pipeline_id, token_hosts=["localhost"])["artifacts"] == 4


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusal_names_the_artifact_and_not_the_signed_address(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, status: int
) -> None:
    circleci.add_fault("status", status=status, path=STORAGE)

    with pytest.raises(AirflowFailException, match=f"answered {status}") as caught:
        download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert "artifact '" in str(caught.value)
    assert "artifact-storage" not in str(caught.value)
    assert "signature" not in str(caught.value)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_signed_addresses_are_masked_where_they_could_be_logged(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: int
) -> None:
    masked: list[str] = []
    monkeypatch.setattr(masking, "mask_secret", masked.append)
    monkeypatch.setattr(logging.getLogger("urllib3.connectionpool"), "level", level)
    logging.getLogger("urllib3.connectionpool").manager._clear_cache()  # type: ignore[attr-defined]

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    logging.getLogger("urllib3.connectionpool").manager._clear_cache()  # type: ignore[attr-defined]
    assert (len([one for one in masked if one.startswith("signature=")]) == 4) is (level == logging.DEBUG)
    if level == logging.INFO:
        assert masked == []


def test_nothing_secret_is_said(
    circleci: Sandbox,
    pipeline_id: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    circleci.add_fault("cut", path=STORAGE, times=2)

    told = download(circleci, tmp_path, pipeline_id=pipeline_id)

    told_of = json.dumps(told) + (tmp_path / "artifacts.jsonl").read_text()
    logged = as_a_task_logs("".join(capfd.readouterr()) + caplog.text)
    assert "log.txt?***" in logged  # An HTTP library logs addresses.
    assert "signature" not in told_of + logged
    assert circleci.token not in told_of + logged
