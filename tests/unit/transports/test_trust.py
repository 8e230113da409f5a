"""Both transports trust the same certificates: their connection's, the environment's, or any."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_circle.transports.blocking import BlockingTransport
from tests.unit.transports.asking import ask, replied, unreachable
from tests.unit.transports.conftest import Certificate, Client, Open, Server


def test_a_bundle_of_ones_own_is_trusted(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    client = opened(verify=str(certificate.path))
    assert replied(client.send(ask(servers(certificate.context).url + "/"))).status == 200


def test_verification_can_be_switched_off(
    opened: Open, servers: Callable[..., Server], certificate: Certificate
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert replied(opened(verify=False).send(ask(servers(certificate.context).url + "/"))).status == 200


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environments_bundle_is_trusted(
    client: Client,
    servers: Callable[..., Server],
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(certificate.path))
    assert replied(client.send(ask(servers(certificate.context).url + "/"))).status == 200


def test_a_bundle_of_ones_own_goes_before_the_environments(
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    foreign_certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    client = opened(verify=str(foreign_certificate.path))
    assert unreachable(client.send(ask(servers(certificate.context).url + "/"))).sent is False


def test_the_environment_does_not_switch_verification_on_again(
    opened: Open,
    servers: Callable[..., Server],
    certificate: Certificate,
    foreign_certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(foreign_certificate.path))
    server = servers(certificate.context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert replied(opened(verify=False).send(ask(server.url + "/"))).status == 200


def test_a_bundle_that_is_missing_is_named(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="verify"):
        opened(verify=str(tmp_path / "missing.pem"))


def test_a_folder_without_certificates_trusts_nobody(
    opened: Open, servers: Callable[..., Server], certificate: Certificate, tmp_path: Path
) -> None:
    server = servers(certificate.context)
    outcome = unreachable(opened(verify=str(tmp_path)).send(ask(server.url + "/")))
    assert (outcome.sent, server.seen) == (False, [])


def test_a_bundle_that_was_removed_meanwhile_is_named(
    servers: Callable[..., Server], certificate: Certificate, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificate.path.read_bytes())
    server = servers(certificate.context)
    with BlockingTransport(verify=str(bundle), say=lambda _: None) as transport:
        bundle.unlink()
        outcome = unreachable(transport.send(ask(server.url + "/")))
    assert (outcome.sent, str(outcome)) == (
        False,
        "the CA bundle cannot be read; check verify and REQUESTS_CA_BUNDLE",
    )
