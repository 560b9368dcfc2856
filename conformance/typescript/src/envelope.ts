// `{code, data, msg}`: what a reply means.
import { CdkError, type Facts } from "./errors.js";
import { contradicts } from "./evidence.js";

type Fields = Record<string, unknown>;

/** Fields that some of the vendor's pages type as number and others as string. */
const NUMBERS = ["create_time", "status", "traffic", "traffic_duration", "use_time"];
const MESSAGES = ["msg", "message", "error", "detail", "description"];

/** Not what the contract promises. The text shows no value, since any may be a voucher's code. */
export class Unreadable extends Error {}

function wrong(what: string): never {
  throw new Unreadable(`${what} is not as the contract says`);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isCode = (value: unknown): value is string =>
  typeof value === "string" && /^[\x21-\x7E]{1,256}$/.test(value) && !value.endsWith("\n");

/** An integer that a JavaScript number holds exactly, or a string that holds one. */
function whole(value: unknown): number {
  const text = typeof value === "string" ? value.trim() : "";
  const number = /^[+-]?[0-9]+$/.test(text) ? Number(text) : value;
  return Number.isSafeInteger(number) ? (number as number) : wrong("a number");
}

/** What the contract promises, of a success. Anything else is thrown as a CdkError. */
export function read(operation: string, facts: Facts, body: string, secrets: readonly string[]): Fields {
  let found: Fields | undefined;
  let code: number | undefined;
  let data: unknown;
  let reason: string | undefined;
  const isSuccess = facts.status !== undefined && facts.status >= 200 && facts.status < 300;
  try {
    const parsed: unknown = JSON.parse(body);
    const reply = isObject(parsed) ? parsed : wrong("the reply");
    found = reply;
    code = reply.code === undefined || reply.code === null ? undefined : whole(reply.code);
    if (isSuccess) data = payload(operation, code, reply);
    else reason = "the HTTP status is none of success";
  } catch (error) {
    reason = error instanceof Unreadable ? error.message : "the body is not JSON";
  }
  const reply = found ?? {};
  const texts = MESSAGES.map((name) => reply[name]);
  const text = texts.find((it): it is string => typeof it === "string" && it.trim() !== "");
  const doubtful = code === 200 || contradicts(found, body);
  if (code !== undefined && code !== 200) {
    throw new CdkError({ ...facts, code, text: text && hidden(text, secrets), doubtful });
  }
  if (reason !== undefined) throw new CdkError({ ...facts, reason, doubtful, page: /^\s*</.test(body) });
  if (operation === "info" && !secrets.slice(2).includes((data as Fields).cdk as string)) {
    throw new CdkError({ ...facts, reason: "the reply is about another voucher" });
  }
  return { ...reply, code: 200, data };
}

/** `data` in the promised form. Without a code it proves a success if it can be read. */
function payload(operation: string, code: number | undefined, { data = null }: Fields): unknown {
  if (code !== undefined && code !== 200) return null;
  if (code === undefined && (data === null || operation === "revoke")) wrong("a reply without code");
  switch (operation) {
    case "create":
      return isObject(data) ? { ...data, cdk: created(data.cdk) } : wrong("the data of create");
    case "list":
      return Array.isArray(data ?? []) ? ((data ?? []) as unknown[]).map(voucher) : wrong("the data of list");
    case "info":
      return voucher(data);
    default:
      return data;
  }
}

function created(cdk: unknown): string[] {
  const codes = typeof cdk === "string" ? [cdk] : cdk;
  return Array.isArray(codes) && codes.every(isCode) ? codes : wrong("a voucher's code");
}

function voucher(row: unknown): Fields {
  if (!isObject(row) || !isCode(row.cdk)) return wrong("a voucher's code");
  const { use_username, use_time, ...read } = row;
  for (const name of NUMBERS.slice(0, 4)) {
    read[name] = name === "create_time" && row[name] === "" ? 0 : whole(row[name]);
  }
  if ((read.traffic_duration as number) < 0) wrong("a duration");
  if (use_username !== undefined && use_username !== null) {
    read.use_username = typeof use_username === "string" ? use_username : wrong("a user name");
  }
  if (use_time !== undefined && use_time !== null && use_time !== "") read.use_time = whole(use_time);
  return read;
}

/** The vendor's message without the request's own secrets. */
const hidden = (text: string, secrets: readonly string[]) =>
  secrets.reduce((shown, secret) => shown.replaceAll(secret, "[hidden]"), text);
