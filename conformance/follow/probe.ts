// Uses what the example of CONTRIBUTING.md added. Compiles only with its types. Run by follow.py.
import { CdkClient, CdkError, type components } from "./src/index.js";

const client = new CdkClient({ baseUrl: process.argv[2], token: "t", key: "k" });
const cdk = "uJQJFnycHOpSEw5N";
const headers = { "Content-Type": "application/x-www-form-urlencoded" };

const country: string | undefined = (await client.get(cdk)).use_country;
console.log(country);
const { data: moved } = await client.raw.POST("/api/cdk/transfer", { body: { cdk }, headers });
const { cdk: code, to } = (moved as components["schemas"]["TransferCdkSuccess"]).data;
console.log(code, to);
try {
  await client.raw.POST("/api/cdk/transfer", { body: { cdk }, headers });
} catch (error) {
  if (error instanceof CdkError) console.log(error.outcome, error.code);
}
