"""Tells ``HttpEventTrigger`` whether a workflow has ended."""


async def has_ended(response):  # type: ignore[no-untyped-def]  # the trigger hands in a requests.Response
    """Look at the status."""
    return response.json()["status"] != "running"
