import sys

from client import Client
from client.api.cdk import create_cdks, get_cdk, list_cdks, revoke_cdk
from client.models import CreateCdksRequest, RevokeCdkRequest

base, token, key, scenario, code = sys.argv[1:]
# Two headers at once are beyond its security schemes.
client = Client(base, headers={"token": token, "key": key})
order = CreateCdksRequest(flow=3, num=2)
if scenario == "calls":
    codes = create_cdks.sync(client=client, body=order).data.cdk
    listed = list_cdks.sync(client=client).data
    found = get_cdk.sync(client=client, cdk=codes[0]).data
    print(len(codes), len(listed), found.status, int(revoke_cdk.sync(client=client, body=RevokeCdkRequest(codes[0])).code))
elif scenario == "create":
    print(create_cdks.sync(client=client, body=order).code)
else:
    print(get_cdk.sync(client=client, cdk=code).data.status)
