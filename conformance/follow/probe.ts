// Uses what the example of CONTRIBUTING.md added. Compiles only with its types. Run by follow.py.
import { CdkError, cdkClient } from "./envelope.js";
import type { components } from "./generated/schema.js";

const client = cdkClient(process.argv[2] ?? "", "t", "k");
const body = { cdk: "uJQJFnycHOpSEw5N" };

const { data: found } = await client.GET("/api/cdk/info", { params: { query: body } });
const country: string | undefined = (found as components["schemas"]["GetCdkSuccess"]).data.use_country;
console.log(country);
const { data: moved } = await client.POST("/api/cdk/transfer", { body });
const { cdk, to } = (moved as components["schemas"]["TransferCdkSuccess"]).data;
console.log(cdk, to);
try {
  await client.POST("/api/cdk/transfer", { body });
} catch (error) {
  if (error instanceof CdkError) console.log(error.outcome, error.code);
}
