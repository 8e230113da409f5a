"""Paywalls, their groups and coupons, and the affiliates who sell them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "ARCHIVE_PAYWALL",
    "CREATE_PAYWALL_GROUP",
    "DELETE_PAYWALL",
    "DELETE_PAYWALL_COUPON",
    "EXPORT_PAYWALL_AFFILIATE_PAYOUTS",
    "GET_PAYMENT_METHOD_SETTING",
    "INVITE_PAYWALL_AFFILIATES",
    "LIST_PAYWALL_AFFILIATES",
    "MARK_PAYWALL_AFFILIATE_PAYOUTS_PAID",
    "PUBLISH_PAYWALL",
    "SEARCH_PAYWALLS",
    "START_PAYWALL_AFFILIATE_PAYOUTS",
    "UNARCHIVE_PAYWALL",
    "UPDATE_PAYWALL_AFFILIATE",
    "UPDATE_PAYWALL_GROUP",
]

GET_PAYMENT_METHOD_SETTING = Endpoint("GET", "/payment_method_setting", SOURCE)
SEARCH_PAYWALLS = Endpoint("GET", "/paywalls/search", SOURCE, pages=PAGES)
DELETE_PAYWALL = Endpoint("DELETE", "/paywalls/{id}", SOURCE)
ARCHIVE_PAYWALL = Endpoint("PUT", "/paywalls/{id}/archive", SOURCE)
PUBLISH_PAYWALL = Endpoint("PUT", "/paywalls/{id}/publish", SOURCE)
UNARCHIVE_PAYWALL = Endpoint("PUT", "/paywalls/{id}/unarchive", SOURCE)
DELETE_PAYWALL_COUPON = Endpoint("DELETE", "/paywall_coupons/{id}", SOURCE)
CREATE_PAYWALL_GROUP = Endpoint("POST", "/paywall_groups", SOURCE)
UPDATE_PAYWALL_GROUP = Endpoint("PUT", "/paywall_groups/{id}", SOURCE)
LIST_PAYWALL_AFFILIATES = Endpoint("GET", "/paywall_affiliates", SOURCE, pages=PAGES)
INVITE_PAYWALL_AFFILIATES = Endpoint("POST", "/paywall_affiliates/invite", SOURCE)
UPDATE_PAYWALL_AFFILIATE = Endpoint("PATCH", "/paywall_affiliates/{id}", SOURCE, repeatable=True)
EXPORT_PAYWALL_AFFILIATE_PAYOUTS = Endpoint("POST", "/paywall_affiliate_payouts/export", SOURCE)
MARK_PAYWALL_AFFILIATE_PAYOUTS_PAID = Endpoint("POST", "/paywall_affiliate_payouts/mark_paid", SOURCE)
START_PAYWALL_AFFILIATE_PAYOUTS = Endpoint("POST", "/paywall_affiliate_payouts/start", SOURCE)
