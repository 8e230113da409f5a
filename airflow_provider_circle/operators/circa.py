"""
Circa from a DAG: pulling contacts, writing one, adding it to an event, exporting an event's contacts.

This module fits the pieces into Airflow. How Circa is spoken to is written in ``vendors/circa``, how a pull goes in
``transfers/base.py``; nothing here imports an HTTP library before a task runs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowTaskTimeout

from airflow_provider_circle import exceptions
from airflow_provider_circle.core.patience import MAX_POLL_INTERVAL_S, POLL_BACKOFF, POLL_INTERVAL_S, check_polling
from airflow_provider_circle.exceptions import CircleError, NotFound
from airflow_provider_circle.operators.calling import CallingOperator
from airflow_provider_circle.operators.colors import CIRCA
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.landing import LandingOperator
from airflow_provider_circle.operators.memory import TaskMemory
from airflow_provider_circle.operators.options import (
    checked_timeout,
    deferrable_or_default,
    longest_wait_s,
    raise_reported,
)
from airflow_provider_circle.operators.templates import check_one_of, one_of
from airflow_provider_circle.transfers.circa import CircaPull

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.core.polling import PollSchedule
    from airflow_provider_circle.hooks.circa import CircaHook
    from airflow_provider_circle.operators.keywords import CircaKeywords, PullKeywords
    from airflow_provider_circle.operators.words import Deletes, FileFormat

__all__ = [
    "CircaAddContactToEventOperator",
    "CircaExportEventContactsOperator",
    "CircaPullContactsOperator",
    "CircaUpsertContactOperator",
]

_EXPORT_KEY = "circa_export"


class CircaPullContactsOperator(CircaPull):
    """
    Pulls Circa's contacts, or those of some events, into a file, a table or both.

    :param event_ids: only the contacts of these events, each with ``event_id`` and its part in the event; ``all`` for
        those of every event. Left out, all contacts of the account, whether they are in an event or not. (templated as
        ``parent_ids``)
    :param path: file to write, or a folder when it ends with ``/``. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param file_format: ``jsonl``, ``jsonl.gz``, ``csv``, ``csv.gz`` or ``parquet``; by the path's ending where left
        out.
    :param state_path: folder for what later runs begin from: the watermark, and what ``changes_only`` compares with.
        (templated)
    :param changes_only: of a full read, write into the file only what differs from the one before.
    :param table: table to merge into. (templated)
    :param sql_conn_id: connection of a PostgreSQL or SQLite database. (templated)
    :param deletes: what becomes of rows that a full read did not find: ``keep``, ``mark`` in ``_deleted_at``, or
        ``delete``.

    All other parameters, what is returned and what is raised: ``PullOperator``. Both targets get the very same records
    of one read; the file is replaced before the table is merged, and a retry does both again.

    Source: https://docs.circa.co/ (Contacts)
    """

    def __init__(
        self,
        *,
        event_ids: Sequence[str] | str | None = None,
        path: str | None = None,
        object_storage_conn_id: str | None = None,
        file_format: FileFormat | None = None,
        state_path: str | None = None,
        changes_only: bool = False,
        table: str | None = None,
        sql_conn_id: str | None = None,
        deletes: Deletes = "keep",
        circa_conn_id: str = "circa_default",
        **kwargs: Unpack[PullKeywords],
    ) -> None:
        super().__init__(
            stream="contacts" if event_ids is None else "event_contacts",
            parent_ids=event_ids,
            path=path,
            object_storage_conn_id=object_storage_conn_id,
            file_format=file_format,
            state_path=state_path,
            changes_only=changes_only,
            table=table,
            sql_conn_id=sql_conn_id,
            deletes=deletes,
            circa_conn_id=circa_conn_id,
            **kwargs,
        )


class _CircaOperator(CallingOperator):
    """
    What the operators that make a few calls share.

    :param circa_conn_id: connection of type *Circa*. (templated)
    """

    ui_color = CIRCA

    def __init__(self, *, circa_conn_id: str = "circa_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.circa_conn_id = circa_conn_id

    def build_hook(self) -> CircaHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circa import CircaHook

        return CircaHook(self.circa_conn_id, **self.patience())


class CircaUpsertContactOperator(_CircaOperator):
    """
    Creates a contact, or updates the one with the same e-mail address; a rerun changes nothing more.

    Returns ``{"contact_id", "action"}``, the action being ``created``, ``updated`` or ``unchanged``.

    :param contact: ``email`` and what else it shall have; company is a name, owner an e-mail address. (templated)
    :raises Invalid: several contacts have this address, or Circa refused a value; every field is named.

    All other parameters: ``circa_conn_id`` and those of ``CallingOperator``.

    Source: https://docs.circa.co/ (Contacts)
    """

    template_fields: Sequence[str] = ("circa_conn_id", "contact")
    template_fields_renderers: ClassVar[dict[str, str]] = {"contact": "json"}

    def __init__(self, *, contact: Mapping[str, Any], **kwargs: Unpack[CircaKeywords]) -> None:
        super().__init__(**kwargs)
        self.contact = contact

    def execute(self, context: Context) -> JsonObject:
        """Search, then update or create."""
        with airflow_errors(), self.build_hook() as hook:
            done = hook.upsert_contact(self.contact)
        contact_id, action = done["contact"].get("id"), done["action"]
        self.log.info("Circa contact %s: %s", contact_id, action)
        return {"contact_id": contact_id, "action": action}


class CircaAddContactToEventOperator(_CircaOperator):
    """
    Adds a contact to an event, unless it is there already.

    Returns ``{"event_id", "contact_id", "added"}``.

    :param event_id: the event. (templated)
    :param contact_id: the contact. (templated)
    :param contact_email: names the contact by its e-mail address, in place of ``contact_id``. (templated)
    :raises NotFound: no such event, or no such contact.

    All other parameters: ``circa_conn_id`` and those of ``CallingOperator``.

    Source: https://docs.circa.co/ (Event contacts)
    """

    template_fields: Sequence[str] = ("circa_conn_id", "event_id", "contact_id", "contact_email")

    def __init__(
        self,
        *,
        event_id: str,
        contact_id: str | None = None,
        contact_email: str | None = None,
        **kwargs: Unpack[CircaKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.event_id = event_id
        self.contact_id = contact_id
        self.contact_email = contact_email
        check_one_of(contact_id=contact_id, contact_email=contact_email)

    def execute(self, context: Context) -> JsonObject:
        """Look whether it is there, and add it if not."""
        one_of(contact_id=self.contact_id, contact_email=self.contact_email)
        with airflow_errors(), self.build_hook() as hook:
            contact_id = self.contact_id or self._found(hook)
            added = hook.add_contact_to_event(self.event_id, contact_id)["added"]
        self.log.info("Circa contact %s %s event %s", contact_id, "added to" if added else "was in", self.event_id)
        return {"event_id": self.event_id, "contact_id": contact_id, "added": added}

    def _found(self, hook: CircaHook) -> str:
        contact = hook.find_contact(self.contact_email or "")
        if contact is None:
            raise AirflowFailException("no contact in Circa has the e-mail address given in contact_email")
        return str(contact["id"])


class CircaExportEventContactsOperator(LandingOperator, _CircaOperator):
    """
    Lets Circa export the contacts of an event, waits for the file, and stores it.

    A try that died waits on for the export it started (Airflow 3.3 or newer); elsewhere it starts another, which
    harms nothing. Returns ``{"event_id", "export_id", "uri", "bytes"}``.

    :param event_id: the event. (templated)
    :param path: where the file goes, on a disk or in a bucket; it appears whole or not at all. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param deferrable: wait in the triggerer; follows ``[operators] default_deferrable`` where left out.
    :param timeout_s: seconds to wait at most, deferred or not; ``execution_timeout`` holds while deferred, too.
    :param poll_interval_s: seconds between two looks, at least.
    :param max_poll_interval_s: seconds between two looks, at most.
    :param poll_backoff: share of the time waited so far by which the interval grows.
    :raises NotFound: no such event.
    :raises CircleError: Circa gave the export up.
    :raises AirflowTaskTimeout: it is still going after ``timeout_s``; a retry waits on for it where it can.

    All other parameters: ``circa_conn_id`` and those of ``LandingOperator``.

    Source: https://docs.circa.co/ (Event contacts)
    """

    template_fields: Sequence[str] = ("circa_conn_id", "event_id", "path", "object_storage_conn_id")

    def __init__(
        self,
        *,
        event_id: str,
        path: str,
        object_storage_conn_id: str | None = None,
        deferrable: bool | None = None,
        timeout_s: float = 3600.0,
        poll_interval_s: float = POLL_INTERVAL_S,
        max_poll_interval_s: float = MAX_POLL_INTERVAL_S,
        poll_backoff: float = POLL_BACKOFF,
        **kwargs: Unpack[CircaKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.event_id = event_id
        self.path = path
        self.object_storage_conn_id = object_storage_conn_id
        self.deferrable = deferrable_or_default(deferrable)
        self.timeout_s = checked_timeout(timeout_s)
        self.poll_interval_s = poll_interval_s
        self.max_poll_interval_s = max_poll_interval_s
        self.poll_backoff = poll_backoff
        check_polling(poll_interval_s, max_poll_interval_s, poll_backoff)

    def execute(self, context: Context) -> JsonObject:
        """Start an export, or find the one an earlier try started; then wait here or in the triggerer."""
        from airflow_provider_circle.records.storage import StoredFile

        try:
            StoredFile(self.path, self.object_storage_conn_id).check()
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
        memory = TaskMemory(context, _EXPORT_KEY)
        started_s = time.time()
        with airflow_errors(), self.build_hook() as hook:
            export_id = self._begun(hook, memory)
            self.log.info("Circa export %s of event %s: waiting for it", export_id, self.event_id)
            deadline_s = started_s + longest_wait_s(self.timeout_s, self.execution_timeout)[0]
            ended = hook.wait_for_export(
                self.event_id,
                export_id,
                self._schedule(),
                started_s=started_s,
                deadline_s=started_s if self.deferrable else deadline_s,
            )
            if ended["state"] != "timed_out" or not self.deferrable:
                return self._finish(context, hook, ended)
        self._defer(export_id, started_s, deadline_s)
        raise AssertionError("unreachable: deferring leaves by exception")

    def execute_complete(self, context: Context, event: JsonObject) -> JsonObject:
        """Go on where the triggerer left off."""
        with airflow_errors(), self.build_hook() as hook:
            raise_reported(event)
            return self._finish(context, hook, event["seen"])

    def _finish(self, context: Context, hook: CircaHook, ended: JsonObject) -> JsonObject:
        memory = TaskMemory(context, _EXPORT_KEY)
        if ended["state"] == "timed_out":
            raise AirflowTaskTimeout(f"Circa export {ended['export_id']} was still going: {ended['message']}")
        if ended["state"] == "failed":
            memory.forget()
            raise CircleError(f"Circa export {ended['export_id']} of event {self.event_id} failed: {ended['message']}")
        stored = self._download(hook, memory, str(ended["export_id"]))
        memory.forget()
        told = {"event_id": self.event_id, "export_id": ended["export_id"], **stored}
        self.tell_assets(context, told)
        return told

    def _begun(self, hook: CircaHook, memory: TaskMemory) -> str:
        """Start an export, unless one that an earlier try started is still there."""
        known = memory.recall()
        if known:
            try:
                return str(hook.get_export(self.event_id, known["export_id"]).get("id") or known["export_id"])
            except NotFound:
                self.log.info("Circa export %s is gone; starting another", known["export_id"])
        export_id = str(hook.start_export(self.event_id)["id"])
        memory.keep(export_id=export_id)
        return export_id

    def _download(self, hook: CircaHook, memory: TaskMemory, export_id: str) -> JsonObject:
        from airflow_provider_circle.records.lineage import file_at
        from airflow_provider_circle.records.storage import StoredFile, emptied

        url = hook.get_export(self.event_id, export_id).get("download_url")
        if not isinstance(url, str) or not url:
            memory.forget()
            raise exceptions.UnexpectedReply(f"Circa export {export_id} is complete, but says not where its file is")
        target = StoredFile(self.path, self.object_storage_conn_id)
        with target.replacing() as file:
            hook.download(url, emptied(file))
            size_bytes = file.tell()
        self.note_read(hook, "event_contacts")
        self.note_landed(file_at(target.uri, size_bytes=size_bytes))
        self.log.info("Stored %d bytes at %s", size_bytes, target.uri)
        return {"uri": target.uri, "bytes": size_bytes}

    def _defer(self, export_id: str, started_s: float, deadline_s: float) -> None:
        from airflow_provider_circle.triggers.circa import CircaExportTrigger

        self.defer(
            trigger=CircaExportTrigger(
                circa_conn_id=self.circa_conn_id,
                event_id=self.event_id,
                export_id=export_id,
                started_s=started_s,
                deadline_s=deadline_s,
                poll_interval_s=self.poll_interval_s,
                max_poll_interval_s=self.max_poll_interval_s,
                poll_backoff=self.poll_backoff,
                request_attempts=self.request_attempts,
                request_max_wait_s=self.request_max_wait_s,
            ),
            method_name="execute_complete",
        )

    def _schedule(self) -> PollSchedule:
        from airflow_provider_circle.core.polling import PollSchedule

        return PollSchedule(self.poll_interval_s, self.max_poll_interval_s, self.poll_backoff)
