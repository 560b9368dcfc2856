// What is no success becomes a CdkError, before openapi-fetch hands it out. Use: cdkClient(url, token, key)
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema.js";
const REFUSALS = (code: number) => (code >= 10000 && code <= 10021) || [400, 401, 402, 403, 404, 422, 429].includes(code);
const LEAVES_OPEN = (code: number) => [10001, 10009, 300].includes(code) || (code >= 500 && code < 600);
const KINDS = { auth: [10013, 10014, 401, 403], rate_limited: [10011, 429], insufficient_funds: [10008, 10017, 402] };
const NUMBERS = ["code", "status", "create_time", "traffic", "traffic_duration", "use_time"];
const isCode = (it: any) => typeof it === "string" && it !== "";
const isCdk = (it: any) => isCode(it.cdk) && NUMBERS.slice(1, 5).every((name) => Number.isSafeInteger(it[name]));
const READABLE: Record<string, (data: any) => boolean> = {
  create: (data) => data.cdk.every(isCode), list: (data) => data.every(isCdk), info: isCdk };
const whole = (name: string, value: any) => NUMBERS.includes(name) && /^-?\d+$/.test(value) ? Number(value) : value;
/** With `outcome` "unknown" never send the call again: list, or look up, and see what it did. */
export class CdkError extends Error {
  outcome: "not_applied" | "unknown"; kind: string;
  constructor(method: string, readonly status?: number, readonly code?: number, readonly text?: string) {
    super(`HTTP ${status}, code ${code}: ${text}`);
    const [http, vendor] = [status ?? 0, code ?? 0];
    const refused = (http >= 400 && http < 500 && http !== 499) || (http < 500 && REFUSALS(vendor));
    this.outcome = method === "GET" || (refused && http !== 408 && !LEAVES_OPEN(vendor)) ? "not_applied" : "unknown";
    this.kind = Object.entries(KINDS).find(([, known]) => known.includes(vendor) || known.includes(http))?.[0] ?? "other";
  }
}
export function cdkClient(baseUrl: string, token: string, key: string) {
  const headers = { token, key, "Content-Type": "application/x-www-form-urlencoded" };
  const client = createClient<paths>({ baseUrl, headers, redirect: "manual" });
  client.use({ onError: ({ request }) => new CdkError(request.method), onResponse: async ({ request, response }) => {
    const operation = new URL(request.url).pathname.split("/").pop() ?? "";
    try {
      const reply = JSON.parse(await response.text(), whole), code = reply.code ?? null;
      const text = ["msg", "message", "error", "detail", "description"].map((it) => reply[it]).find((it) => it?.trim?.());
      if (Number.isInteger(code) && code !== 200) throw new CdkError(request.method, response.status, code, text);
      const data = operation === "list" && code === 200 ? (reply.data ?? []) : reply.data;
      const proof = code === 200 || (code === null && operation !== "revoke" && data != null);
      if (response.ok && proof && (READABLE[operation]?.(data) ?? true)) return Response.json({ code: 200, data });
    } catch (error) { if (error instanceof CdkError) throw error; }
    throw new CdkError(request.method, response.status);
  } });
  return client;
}
