"""Makes the calls that it reads from its input, one in each line, and writes what it was told.

Run by ../run.py, beside the package that openapi-python-client has generated as `thordata_cdk`.
"""

import json
import sys

from envelope import CdkError, Envelope
from thordata_cdk import Client
from thordata_cdk.api.cdk import create_cdks, get_cdk, list_cdks, revoke_cdk
from thordata_cdk.models import CdkStatusFilter, CreateCdksRequest, RevokeCdkRequest

FIELDS = ("cdk", "create_time", "status", "traffic", "traffic_duration")


def cdk(it):
    return {name: getattr(it, name) for name in FIELDS}


def details(it):
    """An empty name and 0 mean absent."""
    redemption = {"username": it.use_username or None, "time": it.use_time or None}
    return cdk(it) | {"redemption": redemption if any(redemption.values()) else None}


def create(client, flow, num):
    return create_cdks.sync(client=client, body=CreateCdksRequest(flow=flow, num=num)).data.cdk


def list_(client, **status):
    filters = {name: CdkStatusFilter(number) for name, number in status.items()}
    return [cdk(it) for it in list_cdks.sync(client=client, **filters).data]


def get(client, cdk):
    return details(get_cdk.sync(client=client, cdk=cdk).data)


def revoke(client, cdk):
    revoke_cdk.sync(client=client, body=RevokeCdkRequest(cdk=cdk))


OPERATIONS = {"create": create, "list": list_, "get": get, "revoke": revoke}

transport = Envelope()

for line in sys.stdin:
    call = json.loads(line)
    httpx_args = {"transport": transport}
    client = Client(call["base_url"], headers=call["credentials"], httpx_args=httpx_args)
    try:
        data = OPERATIONS[call["operation"]](client, **call["arguments"])
        told = {"result": "success", "data": data}
    except CdkError as error:
        names = ("outcome", "status", "code", "message", "kind")
        told = {"result": "failure"} | {name: getattr(error, name) for name in names}
    except Exception as error:
        told = {"result": "crash", "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told), flush=True)
