// Makes the calls that it reads from its input, one in each line, and writes what it was told. Run by ../run.py.
import { createInterface } from "node:readline";
import { CdkError, cdkClient } from "./envelope.js";
import type { components } from "./generated/schema.js";

type Client = ReturnType<typeof cdkClient>;
type Cdk = components["schemas"]["Cdk"];
type Arguments = { flow: number; num: number; status?: 1 | 2 | 3; cdk: string };

const cdk = ({ cdk, create_time, status, traffic, traffic_duration }: Cdk) => ({
  cdk,
  create_time,
  status,
  traffic,
  traffic_duration,
});

/** The types promise successes and failures. The middleware has thrown the failures already. */
function payload<T extends { code: number }>(reply: T | undefined): Extract<T, { code: 200 }> {
  return reply as Extract<T, { code: 200 }>;
}

const operations: Record<string, (client: Client, given: Arguments) => Promise<unknown>> = {
  async create(client, { flow, num }) {
    const { data } = await client.POST("/api/cdk/create", { body: { flow, num } });
    return payload(data).data.cdk;
  },
  async list(client, { status }) {
    const { data } = await client.GET("/api/cdk/list", { params: { query: { status } } });
    return payload(data).data.map(cdk);
  },
  async get(client, given) {
    const { data } = await client.GET("/api/cdk/info", { params: { query: { cdk: given.cdk } } });
    const found = payload(data).data;
    // An empty name and 0 mean absent.
    const redemption = { username: found.use_username || null, time: found.use_time || null };
    return { ...cdk(found), redemption: redemption.username || redemption.time ? redemption : null };
  },
  async revoke(client, given) {
    await client.POST("/api/cdk/revoke", { body: { cdk: given.cdk } });
    return null;
  },
};

async function told(line: string): Promise<unknown> {
  const { operation, arguments: given, credentials, base_url } = JSON.parse(line);
  try {
    const client = cdkClient(base_url, credentials.token, credentials.key);
    return { result: "success", data: await operations[operation]?.(client, given) };
  } catch (error) {
    if (!(error instanceof CdkError)) return { result: "crash", error: String(error) };
    const { outcome, status = null, code = null, text = null, kind } = error;
    return { result: "failure", outcome, status, code, message: text, kind };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await told(line)));
}
