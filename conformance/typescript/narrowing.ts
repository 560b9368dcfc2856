// Compiles only if `code === 200` tells a success from a failure.
import type { components } from "./src/index.js";

export function codes(reply: components["schemas"]["CreateCdksReply"]): string[] {
  if (reply.code === 200) return reply.data.cdk;
  const failure: components["schemas"]["VendorFailure"] = reply;
  return [`${failure.code}`];
}
