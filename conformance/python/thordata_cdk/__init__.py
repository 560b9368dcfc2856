"""Prepaid vouchers (CDKs) for Thordata proxy traffic: create, list, look up, revoke."""

from ._generated.models import Cdk, CdkDetails
from .client import REVOKED, UNUSED, USED, AsyncClient, Client
from .errors import CdkError, InvalidInput, Kind, Outcome

__all__ = [
    "REVOKED",
    "UNUSED",
    "USED",
    "AsyncClient",
    "Cdk",
    "CdkDetails",
    "CdkError",
    "Client",
    "InvalidInput",
    "Kind",
    "Outcome",
]
