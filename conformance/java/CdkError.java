import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What became of a call that was no success. With {@code outcome} "unknown" never send the call again: list, or
 * look up, and see what it did.
 */
public final class CdkError extends RuntimeException {
  private static final Map<Long, String> KINDS = Map.of(
      10013L, "auth", 10014L, "auth", 401L, "auth", 403L, "auth",
      10011L, "rate_limited", 429L, "rate_limited",
      10008L, "insufficient_funds", 10017L, "insufficient_funds", 402L, "insufficient_funds");

  public final String outcome;
  public final String kind;
  /** 0 if no reply came. */
  public final int status;
  /** Null if the reply has none. */
  public final Long code;

  public CdkError(String method, int status, Long code, String message) {
    this(method, status, code, message, null, new byte[0]);
  }

  /** {@code reply}: the JSON object in the body; null if the body is none. */
  public CdkError(String method, int status, Long code, String message, JsonNode reply, byte[] body) {
    super(message);
    this.status = status;
    this.code = code;
    long c = code == null ? 0 : code;
    boolean open = c == 10001 || c == 10009 || c == 300 || (c >= 500 && c < 600) || status == 408;
    boolean vendor = (c >= 10000 && c <= 10021) || (c >= 400 && c <= 404) || c == 422 || c == 429;
    boolean refused = (vendor && status < 500) || (status >= 400 && status < 500 && status != 499);
    boolean proven = refused && !open && !Evidence.contradicts(reply, body);
    this.outcome = method.equals("GET") || proven ? "not_applied" : "unknown";
    // A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
    boolean page = status == 403 && new String(body, StandardCharsets.UTF_8).stripLeading().startsWith("<");
    this.kind = page ? "other" : KINDS.getOrDefault(c, KINDS.getOrDefault((long) status, "other"));
  }
}
