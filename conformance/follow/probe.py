"""Uses what the example of CONTRIBUTING.md added. Run by follow.py."""

import sys

sys.path.insert(0, "generated")

from envelope import CdkError, Envelope
from thordata_cdk import Client
from thordata_cdk.api.cdk import get_cdk, transfer_cdk
from thordata_cdk.models import RevokeCdkRequest

credentials = {"token": "t", "key": "k"}
client = Client(sys.argv[1], headers=credentials, httpx_args={"transport": Envelope()})
body = RevokeCdkRequest(cdk="uJQJFnycHOpSEw5N")

print(get_cdk.sync(client=client, cdk=body.cdk).data.use_country)
moved = transfer_cdk.sync(client=client, body=body).data
print(moved.cdk, moved.to)
try:
    transfer_cdk.sync(client=client, body=body)
except CdkError as error:
    print(error.outcome, error.code)
