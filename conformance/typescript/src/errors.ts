/** "not_applied": it is proven that nothing was created or revoked. "unknown": it may have been carried out. */
export type Outcome = "not_applied" | "unknown";
/** What to do: check token and key, wait, recharge, or something else. */
export type Kind = "auth" | "rate_limited" | "insufficient_funds" | "other";

const within = (number: number, first: number, last: number) => number >= first && number <= last;

/** Codes of the contract's table that leave it open what was done. */
const leavesOpen = (code: number) => [10001, 10009, 300].includes(code) || within(code, 500, 599);
/** Codes of the contract's table that prove that nothing was created or revoked. */
const isRefusal = (code: number) =>
  (within(code, 10000, 10021) || within(code, 400, 404) || code === 422 || code === 429) && !leavesOpen(code);

const KINDS: Record<number, Kind> = {
  10013: "auth",
  10014: "auth",
  401: "auth",
  403: "auth",
  10011: "rate_limited",
  429: "rate_limited",
  10008: "insufficient_funds",
  10017: "insufficient_funds",
  402: "insufficient_funds",
};

/** An argument that the contract does not allow. Nothing was sent. The text never shows a voucher's code. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";

  constructor(
    readonly field: string,
    rule: string,
  ) {
    super(`${field} ${rule}`);
  }
}

export interface Facts {
  /** Whether the operation changes something. */
  changes: boolean;
  status?: number | undefined;
  code?: number | undefined;
  text?: string | undefined;
  reason?: string | undefined;
  /** The reply says the opposite as well, so it proves nothing. */
  doubtful?: boolean;
  /** The body is a page. */
  page?: boolean;
}

/**
 * A call that is no success. With `outcome` "unknown" never send it again: list the vouchers, or look the voucher up,
 * and see.
 */
export class CdkError extends Error {
  override readonly name = "CdkError";
  readonly outcome: Outcome;
  readonly kind: Kind;
  /** The HTTP status, if one arrived. */
  readonly status: number | undefined;
  /** The vendor's code, if the reply has one. */
  readonly code: number | undefined;
  /** The vendor's message beside that code. For people: decide by `code`. */
  readonly text: string | undefined;

  constructor({ changes, status, code, text, reason, doubtful = false, page = false }: Facts) {
    const outcome = changes && doubtful ? "unknown" : outcomeOf(changes, status, code);
    const known = [status ? `HTTP ${status}` : "no HTTP status", ...(code === undefined ? [] : [`code ${code}`])];
    const advice = outcome === "unknown" ? ". It may have been carried out: look before you send it again" : "";
    super(`${known.join(", ")}: ${text ?? reason ?? "no message"}${advice}`);
    this.outcome = outcome;
    // A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
    this.kind = page && status === 403 ? "other" : (KINDS[code ?? 0] ?? KINDS[status ?? 0] ?? "other");
    this.status = status;
    this.code = code;
    this.text = text;
  }
}

function outcomeOf(changes: boolean, status = 0, code?: number): Outcome {
  if (!changes) return "not_applied";
  const byCode = status !== 0 && code !== undefined && isRefusal(code) && status < 500 && status !== 408;
  const byStatus = within(status, 400, 498) && status !== 408 && !(code !== undefined && leavesOpen(code));
  return byCode || byStatus ? "not_applied" : "unknown";
}
