// Makes the calls that it reads from its input, one in each line, and writes what the client reports. Run by ../run.py.
import { createInterface } from "node:readline";
import { type Cdk, CdkClient, CdkError, type CdkDetails, InvalidInput } from "./src/index.js";

type Arguments = { flow: number; num: number; status?: 1 | 2 | 3; cdk: string };

const row = ({ cdk, create_time, status, traffic, traffic_duration }: Cdk) => ({
  cdk,
  create_time,
  status,
  traffic,
  traffic_duration,
});

/** An empty name and 0 mean absent. */
function details(found: CdkDetails) {
  const redemption = { username: found.use_username || null, time: found.use_time || null };
  return { ...row(found), redemption: redemption.username || redemption.time ? redemption : null };
}

const operations: Record<string, (client: CdkClient, given: Arguments) => Promise<unknown>> = {
  create: (client, given) => client.create(given),
  list: async (client, { status }) => (await client.list(status)).map(row),
  get: async (client, { cdk }) => details(await client.get(cdk)),
  revoke: async (client, { cdk }) => (await client.revoke(cdk)) ?? null,
};

async function told(line: string): Promise<unknown> {
  const { operation, arguments: given, credentials, base_url: baseUrl } = JSON.parse(line);
  try {
    const client = new CdkClient({ ...credentials, baseUrl });
    return { result: "success", data: await operations[operation]?.(client, given) };
  } catch (error) {
    if (error instanceof InvalidInput) return { result: "invalid_input", field: error.field };
    if (!(error instanceof CdkError)) return { result: "crash", error: String(error) };
    const { outcome, status = null, code = null, text = null, kind } = error;
    return { result: "failure", outcome, status, code, message: text, kind };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await told(line)));
}
