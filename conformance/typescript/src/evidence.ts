// When a refusal proves nothing: if anything in it may be a voucher's code, or says that the request succeeded.
//
// The rule is in the kit's README ("When a refusal proves nothing"). It is wide on purpose: a refusal that is taken for
// unknown costs a look at the list, and a purchase that is taken for refused costs the vouchers.

/** A run of letters and digits as long as a code. */
const RUN = /[A-Za-z0-9]{12,}/g;
/** It is no code if it is of one kind, or a name like BadRequestException. */
const NAME = /^(?:[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*)$/;
const SUCCESS = /^[\W_]*(?:ok|success|succeeded|successful|successfully)[\W_]*$/i;
const SIGNS = ["code", "success", "succeeded", "ok", "status"];
const TEXTS = ["msg", "message", "error", "detail", "description"];
/** A field that identifies the request may look like a code. `prepaid` does not end like one of them. */
const IDENTIFIERS = ["id", "requestid", "traceid", "trace", "sign", "signature", "nonce", "time", "timestamp"];
const IDENTIFIER_END = /(?:_id|-id|Id|_ID|-ID)$/;

/** `reply`: the JSON object in the body, if the body is one. */
export function contradicts(reply: Record<string, unknown> | undefined, body: string): boolean {
  if (reply === undefined) return /^\s*[{["]|\uFFFD|\0/.test(body) || speaksOfCodes(body);
  try {
    return Object.entries(reply).some(([name, value]) => found(name, value));
  } catch {
    return true; // nested too deeply to be looked at
  }
}

/** Whether this field of a refusal, at any depth, may be a code or the sign of a success. */
function found(name: string, value: unknown): boolean {
  const lower = name.toLowerCase();
  if (holdsACode(name)) return true;
  if (value === null || value === false || value === "") return false;
  if (typeof value === "object" && Object.keys(value as object).length === 0) return false;
  if (lower === "data" || lower.includes("cdk")) return true;
  if (Array.isArray(value)) {
    return value.some((item) => (typeof item === "string" && !TEXTS.includes(lower)) || found("", item));
  }
  if (typeof value === "object") return Object.entries(value as object).some(([inner, field]) => found(inner, field));
  const sign = typeof value === "string" ? value.trim() : value;
  if (SIGNS.includes(lower) && (sign === true || sign === 200 || sign === "200")) return true;
  if (IDENTIFIERS.includes(lower) || IDENTIFIER_END.test(name)) return false;
  if (typeof value === "string") {
    return saysSuccess(value) || holdsACode(value) || (/[{[]/.test(value) && speaksOfCodes(value));
  }
  return typeof value === "number" && Math.abs(value) >= 1e11;
}

const holdsACode = (text: string) => (text.match(RUN) ?? []).some((run) => !NAME.test(run));

/** Alone, or before a comma or the like; in Chinese anywhere but in a negation. */
function saysSuccess(text: string): boolean {
  const first = text.split(/[,;:.!]/).find((part) => part.trim() !== "") ?? "";
  return SUCCESS.test(first) || (text.includes("成功") && !/[不未]/.test(text));
}

/** A text around or inside JSON, a page, or any other text that is no envelope. */
function speaksOfCodes(text: string): boolean {
  const packed = text.replace(/\s+/g, "").toLowerCase();
  return ["cdk", '"code":200', '"code":"200"'].some((part) => packed.includes(part)) || holdsACode(text);
}
