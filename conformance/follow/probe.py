"""Uses what the example of CONTRIBUTING.md added. Run by follow.py."""

import sys

from thordata_cdk import CdkError, Client
from thordata_cdk._generated.api.cdk import transfer_cdk
from thordata_cdk._generated.models import RevokeCdkRequest

client = Client("t", "k", base_url=sys.argv[1])
code = "uJQJFnycHOpSEw5N"
body = RevokeCdkRequest(cdk=code)

print(client.get(code).use_country)
moved = transfer_cdk.sync(client=client.raw, body=body).data
print(moved.cdk, moved.to)
try:
    transfer_cdk.sync(client=client.raw, body=body)
except CdkError as error:
    print(error.outcome, error.code)
