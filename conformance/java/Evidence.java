import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * When a refusal proves nothing: if anything in it may be a voucher's code, or says that the request succeeded. See
 * "When a refusal proves nothing" in ../README.md.
 */
final class Evidence {
  /** A run of letters and digits as long as a code. */
  private static final Pattern RUN = Pattern.compile("[A-Za-z0-9]{12,}");
  /** It is none if it is of one kind, or a name like BadRequestException. */
  private static final Pattern NAME =
      Pattern.compile("[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*");
  private static final Pattern SUCCESS =
      Pattern.compile("(?i)[\\W_]*(?:ok|success|succeeded|successful|successfully)[\\W_]*");
  private static final Pattern IDENTIFIER = Pattern.compile(
      "(?i:id|requestid|traceid|trace|sign|signature|nonce|time|timestamp)|.*(?:_id|-id|Id|_ID|-ID)", Pattern.DOTALL);
  private static final List<String> TEXTS = List.of("msg", "message", "error", "detail", "description");
  private static final List<String> SIGNS = List.of("code", "success", "succeeded", "ok", "status");

  private Evidence() {}

  /** {@code reply}: the JSON object in the body; null if the body is none. */
  static boolean contradicts(JsonNode reply, byte[] body) {
    if (reply != null) return found("", reply);
    String text = new String(body, StandardCharsets.UTF_8);
    boolean isText = text.indexOf('\ufffd') < 0 && text.indexOf(0) < 0;
    return !isText || text.stripLeading().matches("(?s)[{\\[\"].*") || speaksOfCodes(text);
  }

  /** Whether this field of a refusal, at any depth, may be a code or the sign of a success. */
  private static boolean found(String name, JsonNode value) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (holdsACode(name)) return true;
    boolean empty = value.isNull() || (value.isBoolean() && !value.asBoolean())
        || (value.isTextual() && value.asText().isEmpty()) || (value.isContainerNode() && value.isEmpty());
    if (empty) return false;
    if (lower.equals("data") || lower.contains("cdk")) return true;
    if (value.isArray()) {
      for (JsonNode item : value) {
        if ((item.isTextual() && !TEXTS.contains(lower)) || found("", item)) return true;
      }
      return false;
    }
    if (value.isObject()) {
      return value.properties().stream().anyMatch(field -> found(field.getKey(), field.getValue()));
    }
    boolean sign = value.isTextual() ? value.asText().strip().equals("200") : value.asBoolean() && value.isBoolean();
    if (SIGNS.contains(lower) && (sign || (value.isNumber() && value.asDouble() == 200))) return true;
    if (IDENTIFIER.matcher(name).matches()) return false;
    if (value.isNumber()) return Math.abs(value.asDouble()) >= 1e11;
    String text = value.asText();
    boolean isJson = text.contains("{") || text.contains("[");
    return saysSuccess(text) || holdsACode(text) || (isJson && speaksOfCodes(text));
  }

  private static boolean holdsACode(String text) {
    return RUN.matcher(text).results().anyMatch(run -> !NAME.matcher(run.group()).matches());
  }

  /** Alone, or before a comma or the like; in Chinese anywhere but in a negation. */
  private static boolean saysSuccess(String text) {
    String first = Arrays.stream(text.split("[,;:.!]")).filter(part -> !part.isBlank()).findFirst().orElse("");
    boolean negated = text.contains("\u4e0d") || text.contains("\u672a");
    return SUCCESS.matcher(first).matches() || (text.contains("\u6210\u529f") && !negated);
  }

  /** A text around or inside JSON, a page, or any other text that is no envelope. */
  private static boolean speaksOfCodes(String text) {
    String packed = text.replaceAll("\\s+", "").toLowerCase(Locale.ROOT);
    boolean success = packed.contains("\"code\":200") || packed.contains("\"code\":\"200\"");
    return success || packed.contains("cdk") || holdsACode(text);
  }
}
