"""
Config policies: the bundle of rules an owner has, and the decisions made by them.

Unverified: that these paths are served below ``https://circleci.com/api/v2``, as CircleCI's description says. Its own
command line asks ``https://internal.circleci.com/api/v1``.
"""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import OffsetPages
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = [
    "GET_POLICY",
    "GET_POLICY_BUNDLE",
    "GET_POLICY_DECISION",
    "GET_POLICY_DECISION_BUNDLE",
    "GET_POLICY_DECISION_SETTINGS",
    "LIST_POLICY_DECISIONS",
    "MAKE_POLICY_DECISION",
    "REPLACE_POLICY_BUNDLE",
    "UPDATE_POLICY_DECISION_SETTINGS",
]

_DECISIONS = "/owner/{owner_id}/context/{context}/decision"
_BUNDLE = "/owner/{owner_id}/context/{context}/policy-bundle"

# Nothing says how many decisions a page holds, so only an empty one is the last.
LIST_POLICY_DECISIONS = Endpoint("GET", _DECISIONS, V2 + "GetDecisionLogs", pages=OffsetPages(most=1))
# Each decision is written to the owner's audit log: a second one would be one too many.
MAKE_POLICY_DECISION = Endpoint("POST", _DECISIONS, V2 + "MakeDecision")
GET_POLICY_DECISION = Endpoint("GET", _DECISIONS + "/{decision_id}", V2 + "GetDecisionLog")
GET_POLICY_DECISION_BUNDLE = Endpoint(
    "GET", _DECISIONS + "/{decision_id}/policy-bundle", V2 + "GetDecisionLogPolicyBundle"
)
GET_POLICY_DECISION_SETTINGS = Endpoint("GET", _DECISIONS + "/settings", V2 + "GetDecisionSettings")
# On stays on, and off stays off.
UPDATE_POLICY_DECISION_SETTINGS = Endpoint(
    "PATCH", _DECISIONS + "/settings", V2 + "SetDecisionSettings", repeatable=True
)
GET_POLICY_BUNDLE = Endpoint("GET", _BUNDLE, V2 + "GetPolicyBundle")
# It replaces the whole bundle; the second time it is replaced by itself.
REPLACE_POLICY_BUNDLE = Endpoint("POST", _BUNDLE, V2 + "CreatePolicyBundle", repeatable=True)
GET_POLICY = Endpoint("GET", _BUNDLE + "/{policy_name}", V2 + "GetPolicyDocument")
