import createClient from "openapi-fetch";
import type { paths } from "./client/schema";

const [baseUrl, token, key, scenario, code] = process.argv.slice(2) as [string, string, string, string, string];
// It has no use for security schemes, and sends JSON unless the content type is set.
const headers = { token, key, "Content-Type": "application/x-www-form-urlencoded" };
const client = createClient<paths>({ baseUrl, headers });
async function main() {
  const create = async () => (await client.POST("/api/cdk/create", { body: { flow: 3, num: 2 } })).data!;
  const get = async (cdk: string) => (await client.GET("/api/cdk/info", { params: { query: { cdk } } })).data as any;
  if (scenario === "create") return console.log((await create()).code);
  if (scenario === "get") return console.log((await get(code)).data.status);
  const codes: string[] = ((await create()) as any).data.cdk;
  const listed = ((await client.GET("/api/cdk/list")).data as any).data.length;
  const status = (await get(codes[0]!)).data.status;
  console.log(codes.length, listed, status, (await client.POST("/api/cdk/revoke", { body: { cdk: codes[0]! } })).data!.code);
}
main();
