"""How a call that sends secrets keeps them out of errors and logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.walk import Caller
from airflow_provider_circle.hooks.masking import mask_secret

__all__ = ["discreet"]


def discreet(caller: Caller, secrets: Iterable[str]) -> Caller:
    """
    Mask secrets in all that is logged from now on, and blank them out of refusals that quote them.

    :param secrets: texts that are about to be sent.
    :return: the caller to send them with.
    """
    # The longer ones first: what is left of a secret whose end was blanked out would be told.
    hidden = sorted({secret.strip() for secret in secrets} - {""}, key=len, reverse=True)
    for part in hidden:
        mask_secret(part)
    read = caller.service.read_error

    def read_error(response: Response) -> str:
        message = read(response)
        for part in hidden:
            message = message.replace(part, "***")
        return message

    return replace(caller, service=replace(caller.service, read_error=read_error))
