"""What is no success raises a CdkError, before the generated client decodes it.
Use: Client(url, headers={"token": token, "key": key}, httpx_args={"transport": Envelope()})"""
import json, httpx
REFUSALS = {*range(10000, 10022), *range(400, 405), 422, 429} - {10001, 10009}
LEAVES_OPEN = {10001, 10009, 300, *range(500, 600)}
KINDS = {"auth": {10013, 10014, 401, 403}, "rate_limited": {10011, 429}, "insufficient_funds": {10008, 10017, 402}}
NUMBERS = {"code", "status", "create_time", "traffic", "traffic_duration", "use_time"}
TEXTS = ("msg", "message", "error", "detail", "description")
def whole(name, value):  # some pages type numbers as string
    return int(str(value).removesuffix(".0")) if name in NUMBERS and isinstance(value, (str, float)) else value
is_code = lambda code: isinstance(code, str) and code != ""
is_cdk = lambda cdk: is_code(cdk["cdk"]) and NUMBERS - {"code", "use_time"} <= cdk.keys()
READABLE = {"create": lambda data: isinstance(data["cdk"], list) and all(map(is_code, data["cdk"])),
            "list": lambda data: isinstance(data, list) and all(map(is_cdk, data)), "info": is_cdk}
class CdkError(Exception):
    """With `outcome` "unknown" never send the call again: list, or look up, and see what it did."""
    def __init__(self, method, status=None, code=None, message=None):
        by_code = code in REFUSALS and status < 500 and status != 408
        by_status = status in range(400, 500) and status not in (408, 499) and code not in LEAVES_OPEN
        self.outcome = "not_applied" if method == "GET" or by_code or by_status else "unknown"
        self.kind = next((kind for kind, known in KINDS.items() if {code, status} & known), "other")
        self.status, self.code, self.message = status, code, message
        super().__init__(f"HTTP {status}, code {code}: {message} (outcome {self.outcome})")

class Envelope(httpx.HTTPTransport):
    def handle_request(self, request):
        operation, status = request.url.path.rpartition("/")[2], None
        try:
            response = super().handle_request(request)
            status = response.status_code
            reply = json.loads(response.read(), object_hook=lambda o: {n: whole(n, v) for n, v in o.items()})
            code, data = reply.get("code"), reply.get("data")
            text = next((t for n in TEXTS if isinstance(t := reply.get(n), str) and t.strip()), None)
            data = [] if operation == "list" and code == 200 and data is None else data
            proof = code == 200 if code is not None or operation == "revoke" else data is not None
            if proof and 200 <= status < 300 and READABLE.get(operation, lambda _: True)(data):
                return httpx.Response(200, json={"code": 200, "data": data})
        except (httpx.TransportError, ValueError, AttributeError, KeyError, TypeError) as error:
            raise CdkError(request.method, status) from error
        raise CdkError(request.method, status, *((code, text) if code not in (None, 200) else ()))
