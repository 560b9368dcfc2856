"""Makes the calls that it reads from its input, one in each line, and writes what the client reports.

Run by ../run.py: `driver.py sync` or `driver.py async`.
"""

import asyncio
import json
import sys

from thordata_cdk import AsyncClient, CdkError, Client, InvalidInput

FIELDS = ("cdk", "create_time", "status", "traffic", "traffic_duration")


def plain(found):
    """What the case compares: codes as they are, vouchers as objects."""
    if isinstance(found, list):
        return [plain(it) for it in found]
    if not hasattr(found, "create_time"):
        return found
    row = {name: getattr(found, name) for name in FIELDS}
    if not hasattr(found, "use_time"):
        return row
    redemption = {"username": found.use_username or None, "time": found.use_time or None}
    return row | {"redemption": redemption if any(redemption.values()) else None}


def synchronous(call, arguments):
    with Client(**call["credentials"], base_url=call["base_url"]) as client:
        return getattr(client, call["operation"])(**arguments)


def asynchronous(call, arguments):
    async def make():
        async with AsyncClient(**call["credentials"], base_url=call["base_url"]) as client:
            return await getattr(client, call["operation"])(**arguments)

    return asyncio.run(make())


def reported(make, call):
    try:
        return {"result": "success", "data": plain(make(call, call["arguments"]))}
    except InvalidInput as error:
        return {"result": "invalid_input", "field": error.field}
    except CdkError as error:
        names = ("outcome", "status", "code", "message", "kind")
        return {"result": "failure"} | {name: getattr(error, name) for name in names}
    except Exception as error:
        return {"result": "crash", "error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    make = {"sync": synchronous, "async": asynchronous}[sys.argv[1]]
    for line in sys.stdin:
        print(json.dumps(reported(make, json.loads(line))), flush=True)
