"""Courses: sections, lessons, and how far a member has come."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "CREATE_COURSE_LESSON",
    "CREATE_COURSE_SECTION",
    "DELETE_COURSE_LESSON",
    "DELETE_COURSE_SECTION",
    "GET_COURSE_LESSON",
    "GET_COURSE_SECTION",
    "LIST_COURSE_LESSONS",
    "LIST_COURSE_SECTIONS",
    "REORDER_COURSE_LESSONS",
    "UPDATE_COURSE_LESSON",
    "UPDATE_COURSE_LESSON_PROGRESS",
    "UPDATE_COURSE_SECTION",
]

LIST_COURSE_SECTIONS = Endpoint("GET", "/course_sections", SOURCE, pages=PAGES)
CREATE_COURSE_SECTION = Endpoint("POST", "/course_sections", SOURCE)
GET_COURSE_SECTION = Endpoint("GET", "/course_sections/{id}", SOURCE)
UPDATE_COURSE_SECTION = Endpoint("PUT", "/course_sections/{id}", SOURCE)
DELETE_COURSE_SECTION = Endpoint("DELETE", "/course_sections/{id}", SOURCE)
LIST_COURSE_LESSONS = Endpoint("GET", "/course_lessons", SOURCE, pages=PAGES)
CREATE_COURSE_LESSON = Endpoint("POST", "/course_lessons", SOURCE)
GET_COURSE_LESSON = Endpoint("GET", "/course_lessons/{id}", SOURCE)
UPDATE_COURSE_LESSON = Endpoint("PATCH", "/course_lessons/{id}", SOURCE, repeatable=True)
DELETE_COURSE_LESSON = Endpoint("DELETE", "/course_lessons/{id}", SOURCE)
REORDER_COURSE_LESSONS = Endpoint("PUT", "/course_lessons/reorder", SOURCE)
UPDATE_COURSE_LESSON_PROGRESS = Endpoint("PUT", "/course_lesson_progress", SOURCE)
