import createClient, { type Client } from "openapi-fetch";
import { isCode, read, Unreadable } from "./envelope.js";
import { CdkError, InvalidInput } from "./errors.js";
import type { components, paths } from "./generated/schema.js";

export type Cdk = components["schemas"]["Cdk"];
export type CdkDetails = components["schemas"]["CdkDetails"];

export interface Options {
  /** Where the service is. Default `https://api.thordata.com`. */
  baseUrl?: string | undefined;
  /** The account's token and key, from "My Account" on the vendor's dashboard. */
  token: string;
  key: string;
  /** Milliseconds for a whole call. Default 30,000. */
  timeoutMs?: number;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const POST_HEADERS = { "Content-Type": "application/x-www-form-urlencoded" };
/** What openapi-fetch hands out, once the failures have been thrown. */
type Success<T> = Extract<T, { code: 200 }>;
const success = <T>(reply: T | undefined) => reply as Success<T>;

/**
 * The four CDK operations. Each call sends one request, and never a second one. It throws `CdkError` if it is no
 * success, and `InvalidInput`, before anything is sent, if an argument is out of range. Redirects are not followed.
 */
export class CdkClient {
  /** The generated client, for operations without a call here. Set the content type of a POST: it sends JSON else. */
  readonly raw: Client<paths>;

  constructor({ baseUrl = "https://api.thordata.com", token, key, timeoutMs = 30_000 }: Options) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search) {
      throw new InvalidInput("baseUrl", "must be an absolute http or https URL without user name or query");
    }
    for (const [name, value] of Object.entries({ token, key })) {
      if (!/^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/.test(value ?? "")) {
        throw new InvalidInput(name, "must be visible ASCII text");
      }
    }
    this.raw = createClient<paths>({
      baseUrl,
      headers: { token, key },
      redirect: "manual",
      fetch: (request) => checked(request, [token, key], timeoutMs),
    });
  }

  /**
   * Creates `num` vouchers of `flow` traffic each, and returns their codes. Treat it as spending money. A `CdkError`
   * with outcome "unknown" means that the vouchers may exist: list and compare, do not repeat.
   */
  async create({ flow, num }: { flow: number; num: number }): Promise<string[]> {
    const body = { flow: whole("flow", flow, Number.MAX_SAFE_INTEGER), num: whole("num", num, 2 ** 31 - 1) };
    const { data } = await this.raw.POST("/api/cdk/create", { body, headers: POST_HEADERS });
    return success(data).data.cdk;
  }

  /** Every voucher of the account, or those that are unused (1), used (2) or revoked (3). */
  async list(status?: 1 | 2 | 3): Promise<Cdk[]> {
    if (status !== undefined && ![1, 2, 3].includes(status)) {
      throw new InvalidInput("status", "must be 1 (unused), 2 (used) or 3 (revoked)");
    }
    const { data } = await this.raw.GET("/api/cdk/list", { params: { query: status ? { status } : {} } });
    return success(data).data;
  }

  /** One voucher. `use_username` and `use_time` do not say whether it is used: `status` does. */
  async get(cdk: string): Promise<CdkDetails> {
    const { data } = await this.raw.GET("/api/cdk/info", { params: { query: { cdk: code(cdk) } } });
    return success(data).data;
  }

  /** Makes a voucher worthless. After an outcome "unknown" look it up: status 3 means that it is done. */
  async revoke(cdk: string): Promise<void> {
    await this.raw.POST("/api/cdk/revoke", { body: { cdk: code(cdk) }, headers: POST_HEADERS });
  }
}

function whole(field: string, value: number, limit: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= limit) return value;
  throw new InvalidInput(field, `must be a whole number from 1 to ${limit}`);
}

function code(cdk: string): string {
  if (isCode(cdk)) return cdk;
  throw new InvalidInput("cdk", "must be 1 to 256 visible ASCII characters");
}

/** Sends the request, reads the envelope, and throws what is no success, before openapi-fetch decodes it. */
async function checked(request: Request, credentials: string[], timeoutMs: number): Promise<Response> {
  const changes = request.method !== "GET";
  const { pathname, searchParams } = new URL(request.url);
  const sent = changes ? new URLSearchParams(await request.clone().text()) : searchParams;
  const secrets = [...credentials, ...sent.getAll("cdk")];
  let status: number | undefined;
  let body: string;
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
    // A browser hides a redirect's status behind 0.
    status = response.status || undefined;
    body = await bounded(response);
  } catch (error) {
    // Without the error itself, which may show the URL, and with it a code.
    const reason = error instanceof Unreadable ? error.message : (error as Error).name;
    throw new CdkError({ changes, status, reason });
  }
  return Response.json(read(pathname.split("/").pop() ?? "", { changes, status }, body, secrets));
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let length = 0;
  let text = "";
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length;
    if (length > MAX_BODY_BYTES) {
      await reader?.cancel();
      throw new Unreadable(`the body is longer than ${MAX_BODY_BYTES} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}
