"""
What a task read and what it landed, as OpenLineage has it: datasets with names, columns and counts.

Knows how OpenLineage names things (https://openlineage.io/docs/spec/naming); what was read and landed, others know. No
token, user or query of an address gets here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import DatasetFacet

__all__ = ["Dataset", "as_openlineage", "file_at", "list_of"]

_SCHEMES = {"local": "file", "s3a": "s3", "s3n": "s3", "gcs": "gs"}
"""Schemes that mean the same as another, by which OpenLineage knows the place."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    Something that was read or landed.

    :param columns: their types, where something declares them.
    :param rows: how many were read or written; like the sizes ``None`` where nobody counted.
    :param conn_id: the connection it was read over.
    """

    namespace: str
    name: str
    columns: Mapping[str, str | None] = field(default_factory=dict)
    rows: int | None = None
    size_bytes: int | None = None
    files: int | None = None
    conn_id: str | None = None


def list_of(service: str, address: str, name: str, *, conn_id: str, rows: int | None = None) -> Dataset:
    """
    Name a list of a service.

    :param service: the connection's type.
    :param address: the service's; its host is all that is told of it.
    :param name: of the list, and before it, where there are several, whose it is.
    """
    namespace = f"{service.replace('_', '-')}://{urlsplit(address).netloc.rpartition('@')[2]}"
    return Dataset(namespace, name, rows=rows, conn_id=conn_id)


def file_at(
    uri: str,
    *,
    columns: Mapping[str, str | None] | None = None,
    rows: int | None = None,
    size_bytes: int | None = None,
    files: int = 1,
) -> Dataset:
    """
    Name a file, or a folder of files.

    :param uri: where it is, without credentials.
    """
    scheme, _, rest = uri.partition("://")
    scheme = _SCHEMES.get(scheme, scheme)
    if scheme == "file":
        namespace, name = "file", rest
    else:
        authority, _, name = rest.partition("/")
        namespace = f"{scheme}://{authority}"
    return Dataset(namespace, name.rstrip("/") or "/", columns or {}, rows, size_bytes, files)


def as_openlineage(inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> OperatorLineage[Any, Any]:
    """
    Tell OpenLineage.

    :raises ImportError: the extra ``openlineage`` is not installed.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=[_as_input(dataset) for dataset in inputs],
        outputs=[_as_output(dataset) for dataset in outputs],
    )


def _as_input(dataset: Dataset) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import input_statistics_input_dataset

    counted = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=dataset.rows)
    return InputDataset(
        dataset.namespace,
        dataset.name,
        inputFacets={} if dataset.rows is None else {"inputStatistics": counted},
        facets=_facets(dataset),
    )


def _as_output(dataset: Dataset) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=dataset.rows, size=dataset.size_bytes, fileCount=dataset.files
    )
    return OutputDataset(
        dataset.namespace, dataset.name, outputFacets={"outputStatistics": counted}, facets=_facets(dataset)
    )


def _facets(dataset: Dataset) -> dict[str, DatasetFacet]:
    from openlineage.client.facet_v2 import datasource_dataset, schema_dataset

    facets: dict[str, DatasetFacet] = {}
    if dataset.conn_id is not None:
        facets["dataSource"] = datasource_dataset.DatasourceDatasetFacet(name=dataset.conn_id, uri=dataset.namespace)
    if dataset.columns:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(name=name, type=kind) for name, kind in dataset.columns.items()
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    return facets
