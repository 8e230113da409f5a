"""The stand-in for the CircleCI API v2, served under ``/circleci/api/v2``."""
