"""Views kept from the triggerer: beside the wait, the newest last, and never in its way."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.triggers.circleci import CircleCIJobTrigger, CircleCIPipelineTrigger
from airflow_provider_circle.triggers.viewing import ViewKeeper, keeper_of
from tests.unit.triggers.firing import event_of, waiting
from tests.unit.triggers.happening import eventually

if not AIRFLOW_V_3_1_PLUS:
    pytest.skip("Airflow before 3.1 shows no views", allow_module_level=True)

task_runner = pytest.importorskip("airflow.sdk.execution_time.task_runner")

TASK = SimpleNamespace(dag_id="dag", task_id="build", run_id="run", map_index=3)


class Supervisor:
    """Stores what it is sent, when it may."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.free = asyncio.Event()
        self.free.set()
        self.trouble: Exception | None = None

    async def asend(self, message: Any) -> None:
        if message.type != "SetXCom":
            return  # what is to be masked, for instance
        self.sent.append(message)
        await self.free.wait()
        if self.trouble:
            raise self.trouble

    @property
    def views(self) -> list[Any]:
        return [message.value for message in self.sent]


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    supervisor = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
    return supervisor


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(said: list[str]) -> ViewKeeper:
    return ViewKeeper(TASK, lambda line, *values: said.append(line % values))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_view_is_stored_for_the_task_instance(supervisor: Supervisor, keeper: ViewKeeper) -> None:
    keeper.keep({"status": "running"})
    await settled()

    (message,) = supervisor.sent
    assert message.model_dump(exclude_unset=True) == {
        "key": "circleci_view",
        "value": {"status": "running"},
        "dag_id": "dag",
        "task_id": "build",
        "run_id": "run",
        "map_index": 3,
    }


async def test_of_views_that_come_while_one_is_stored_only_the_newest_is(
    supervisor: Supervisor, keeper: ViewKeeper
) -> None:
    supervisor.free.clear()
    for number in range(4):
        keeper.keep({"number": number})
        await settled()
    supervisor.free.set()
    await settled()

    assert supervisor.views == [{"number": 0}, {"number": 3}]


async def test_nothing_is_stored_after_the_wait(supervisor: Supervisor, keeper: ViewKeeper) -> None:
    supervisor.free.clear()
    keeper.keep({"number": 0})
    await settled()
    keeper.keep({"number": 1})
    keeper.close()
    supervisor.free.set()
    await settled()

    assert supervisor.views == [{"number": 0}]


async def test_trouble_is_said_once_and_the_next_view_tried(
    supervisor: Supervisor, keeper: ViewKeeper, said: list[str]
) -> None:
    supervisor.trouble = RuntimeError("no such message")
    for number in range(3):
        keeper.keep({"number": number})
        await settled()

    assert len(supervisor.sent) == 3
    assert said == ["The view in Airflow's UI cannot be kept from the triggerer: no such message"]


def test_trigger_that_waits_for_no_task_keeps_no_view() -> None:
    assert keeper_of(None, print) is None


async def started(scenario: str) -> str:
    created = await CircleCIHook().trigger_pipeline.aio("gh/acme/app", parameters={"sandbox_scenario": scenario})
    return str(created["id"])


def trigger_of(pipeline_id: str, **options: Any) -> CircleCIPipelineTrigger:
    trigger = CircleCIPipelineTrigger(pipeline_id=pipeline_id, **waiting(**options))
    trigger.task_instance = TASK  # type: ignore[assignment]
    return trigger


async def test_wait_is_drawn_while_it_goes_on_and_stored_only_when_it_changes(
    circleci: Sandbox, supervisor: Supervisor
) -> None:
    pipeline_id = await started("never_ends")
    firing = asyncio.ensure_future(event_of(trigger_of(pipeline_id)))
    await eventually(lambda: supervisor.views, "the first view")
    circleci.advance(5)
    await eventually(lambda: supervisor.views[-1]["workflows"], "a workflow")
    looks = len(circleci.requests(path="/workflow$"))
    await eventually(lambda: len(circleci.requests(path="/workflow$")) > looks + 10, "more looks")
    firing.cancel()

    assert [len(view["workflows"]) for view in supervisor.views] == [0, 1]
    assert len(circleci.requests(path="/workflow/.+/job$")) == 1


@pytest.mark.parametrize("trouble", ["stuck", "broken"])
async def test_supervisor_that_stores_nothing_does_not_hold_the_wait_up(
    circleci: Sandbox, supervisor: Supervisor, trouble: str
) -> None:
    if trouble == "stuck":
        supervisor.free.clear()
    supervisor.trouble = RuntimeError("no")
    firing = asyncio.ensure_future(event_of(trigger_of(await started("success"))))
    await eventually(lambda: supervisor.views, "a view")
    circleci.advance(60)

    assert (await firing)["status"] == "succeeded"
    supervisor.free.set()


@pytest.mark.parametrize("kind", ["reset", "html", "status"])
async def test_jobs_that_cannot_be_listed_do_not_change_the_wait(
    circleci: Sandbox, supervisor: Supervisor, kind: str
) -> None:
    circleci.add_fault(kind, path="/workflow/.+/job$", **({"status": 403} if kind == "status" else {}))
    firing = asyncio.ensure_future(event_of(trigger_of(await started("success"))))
    circleci.advance(5)
    await eventually(lambda: circleci.requests(path="/workflow/.+/job$"), "the jobs to be asked for")
    circleci.advance(60)

    assert (await firing)["status"] == "succeeded"


async def test_job_alone_is_not_drawn(circleci: Sandbox, supervisor: Supervisor) -> None:
    pipeline_id = await started("success")
    circleci.advance(600)
    (flow,) = [each async for each in CircleCIHook().list_pipeline_workflows.aio(pipeline_id)]
    job, *_ = [each async for each in CircleCIHook().list_workflow_jobs.aio(flow["id"])]
    trigger = CircleCIJobTrigger(project_slug="gh/acme/app", job_number=job["job_number"], **waiting())
    trigger.task_instance = TASK  # type: ignore[assignment]

    assert (await event_of(trigger))["status"] == "succeeded"
    assert supervisor.sent == []
