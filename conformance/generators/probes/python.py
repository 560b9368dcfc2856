import sys

sys.path.insert(0, "client")
import openapi_client

base, token, key, scenario, code = sys.argv[1:]
keys = {"token": token, "key": key}
api = openapi_client.CdkApi(openapi_client.ApiClient(openapi_client.Configuration(host=base, api_key=keys)))
if scenario == "calls":
    codes = api.create_cdks(3, 2).actual_instance.data.cdk
    listed = api.list_cdks().actual_instance.data
    found = api.get_cdk(codes[0]).actual_instance.data
    print(len(codes), len(listed), found.status, int(api.revoke_cdk(codes[0]).actual_instance.code))
elif scenario == "create":
    print(int(api.create_cdks(3, 2).actual_instance.code))
else:
    print(api.get_cdk(code).actual_instance.data.status)
