export { type Cdk, CdkClient, type CdkDetails, type Options } from "./client.js";
export { CdkError, InvalidInput, type Kind, type Outcome } from "./errors.js";
export type { components, operations, paths } from "./generated/schema.js";
