"""
Project slugs: which projects exist, and what one can tell from their slug.

Knows the forms of a slug and its aliases. Pipelines are kept elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found

__all__ = ["ORGANIZATION", "Organization", "Project", "find_organization", "find_project", "named_project"]

ORGANIZATION = "acme"

_MISSING_PROJECT = "missing"
_ALIASES = {"github": "gh", "bitbucket": "bb"}
_PROVIDERS = {"gh": "GitHub", "bb": "Bitbucket", "circleci": "CircleCI"}
_HOSTS = {"gh": "https://github.com", "bb": "https://bitbucket.org", "circleci": "//circleci.com"}


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization: provider (``gh``, ``bb``, ``circleci``) and its name, or its id for provider ``circleci``."""

    provider: str
    name: str

    @property
    def slug(self) -> str:
        """The slug as the service writes it."""
        return f"{self.provider}/{self.name}"

    @property
    def id(self) -> str:
        """UUID of the organization."""
        return self.name if self.provider == "circleci" else str(uuid5(NAMESPACE_URL, self.slug))


@dataclass(frozen=True, slots=True)
class Project:
    """A project of an organization."""

    organization: Organization
    name: str

    @property
    def slug(self) -> str:
        """The slug as the service writes it, aliases replaced."""
        return f"{self.organization.slug}/{self.name}"

    @property
    def id(self) -> str:
        """UUID of the project."""
        return self.name if self.organization.provider == "circleci" else str(uuid5(NAMESPACE_URL, self.slug))

    @property
    def provider_name(self) -> str:
        """The code host, in the service's spelling."""
        return _PROVIDERS[self.organization.provider]

    @property
    def vcs_url(self) -> str:
        """Where the repository is said to be."""
        return f"{_HOSTS[self.organization.provider]}/{self.organization.name}/{self.name}"


def find_organization(slug: str) -> Organization:
    """
    Find an organization by its slug.

    :raises Refused: 404, there is none.
    """
    provider, _, name = slug.partition("/")
    provider = _ALIASES.get(provider, provider)
    if (provider in ("gh", "bb") and name == ORGANIZATION) or (provider == "circleci" and _is_uuid(name)):
        return Organization(provider, name)
    raise not_found("Organization")


def find_project(provider: str, organization: str, project: str) -> Project:
    """
    Find a project by the three parts of its slug.

    :raises Refused: 404, there is none.
    """
    provider = _ALIASES.get(provider, provider)
    if provider in ("gh", "bb"):
        exists = organization == ORGANIZATION and project not in ("", _MISSING_PROJECT)
    else:
        exists = provider == "circleci" and _is_uuid(organization) and _is_uuid(project)
    if not exists:
        raise not_found("Project")
    return Project(Organization(provider, organization), project)


def named_project(slug: object) -> Project:
    """
    Find a project by its whole slug, as controls name it.

    :raises ValueError: there is none.
    """
    parts = slug.split("/") if isinstance(slug, str) else []
    try:
        return find_project(*parts) if len(parts) == 3 else find_project("", "", "")
    except Refused as error:
        raise ValueError(f"there is no project {slug!r}") from error


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
