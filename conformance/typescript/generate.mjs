// Writes src/generated/schema.ts, the types of the contract: generate.mjs CONTRACT
import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [contract] = process.argv.slice(2);

/** The documented codes one by one, so that `reply.code === 200` tells a success from a failure. TypeScript can't say
 * "any number but 200": another code may come, and `CdkError.code` is a number for that reason. */
function transform(schema, { path }) {
  if (path !== "#/components/schemas/VendorCode") return undefined;
  const literal = ({ code }) => ts.factory.createLiteralTypeNode(ts.factory.createNumericLiteral(code));
  return ts.factory.createUnionTypeNode(schema["x-error-codes"].map(literal));
}

const nodes = await openapiTS(pathToFileURL(contract), { transform });
mkdirSync("src/generated", { recursive: true });
writeFileSync("src/generated/schema.ts", astToString(nodes));
