import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.DeserializationFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/**
 * Reads the vendor's envelope before the generated client does; what is no success becomes a CdkError. Use:
 * {@code new ApiClient() { public HttpClient getHttpClient() { return new EnvelopeClient(super.getHttpClient()); } }}
 */
public final class EnvelopeClient extends HttpClient {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private final HttpClient base;

  public EnvelopeClient(HttpClient base) {
    this.base = base;
  }

  @Override
  @SuppressWarnings("unchecked") // the generated client asks for nothing but an InputStream
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) throws InterruptedException {
    HttpResponse<byte[]> response;
    int[] status = {0};
    try {
      response = base.send(request, head -> {
        status[0] = head.statusCode();
        return BodyHandlers.ofByteArray().apply(head);
      });
    } catch (IOException error) {
      throw new CdkError(request.method(), status[0], null, "no whole reply");
    }
    byte[] clean = success(request, response.statusCode(), response.body());
    return (HttpResponse<T>) new Success(response, new ByteArrayInputStream(clean));
  }

  private static byte[] success(HttpRequest request, int status, byte[] body) {
    JsonNode reply = null;
    try {
      JsonNode parsed = JSON.readTree(body);
      reply = parsed.isObject() ? parsed : null;
      if (reply == null) throw unreadable(request, status, null, body);
      JsonNode number = reply.path("code");
      Long code = number.isMissingNode() || number.isNull() ? null : whole(number);
      if (code != null && code != 200) {
        throw new CdkError(request.method(), status, code, message(reply), reply, body);
      }
      String path = request.uri().getPath();
      JsonNode data = reply.path("data");
      boolean none = data.isMissingNode() || data.isNull();
      boolean proof = code != null || (!none && !path.endsWith("/revoke"));
      if (!proof || status / 100 != 2) throw unreadable(request, status, reply, body);
      if (none) data = path.endsWith("/list") ? JSON.createArrayNode() : JSON.createObjectNode();
      if (path.endsWith("/create") && data.path("cdk").isTextual()) {
        data = JSON.createObjectNode().set("cdk", JSON.createArrayNode().add(data.get("cdk")));
      }
      if (!isReadable(path, data)) throw unreadable(request, status, reply, body);
      return JSON.writeValueAsBytes(Map.of("code", 200, "data", data));
    } catch (IOException | NumberFormatException error) {
      throw unreadable(request, status, reply, body);
    }
  }

  private static CdkError unreadable(HttpRequest request, int status, JsonNode reply, byte[] body) {
    return new CdkError(request.method(), status, null, "no readable reply", reply, body);
  }

  /** Generated classes take whatever is missing as null. */
  private static boolean isReadable(String path, JsonNode data) {
    if (path.endsWith("/create")) return every(data.path("cdk"), EnvelopeClient::isCode);
    if (path.endsWith("/list")) return every(data, EnvelopeClient::isCdk);
    return !path.endsWith("/info") || isCdk(data);
  }

  private static boolean every(JsonNode array, Predicate<JsonNode> holds) {
    return array.isArray() && StreamSupport.stream(array.spliterator(), false).allMatch(holds);
  }

  private static boolean isCode(JsonNode code) {
    return code.isTextual() && code.asText().matches("[\\x21-\\x7E]{1,256}");
  }

  /** Also makes numbers of strings that hold one. */
  private static boolean isCdk(JsonNode cdk) {
    if (!(cdk instanceof ObjectNode row) || !isCode(cdk.path("cdk"))) return false;
    if (cdk.path("use_time").asText().isEmpty() || cdk.path("use_time").isNull()) row.remove("use_time");
    for (String name : new String[] {"create_time", "status", "traffic", "traffic_duration", "use_time"}) {
      if (row.has(name) || !name.equals("use_time")) row.put(name, whole(cdk.path(name)));
    }
    return row.get("traffic_duration").asLong() >= 0;
  }

  /** An integer, a whole float, or a string that holds an integer: some of the vendor's pages type numbers so. */
  private static long whole(JsonNode value) {
    if (value.isTextual() && value.asText().strip().matches("[+-]?[0-9]+")) return Long.parseLong(value.asText().strip());
    boolean whole = value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToLong();
    if (!whole) throw new NumberFormatException("not a whole number");
    return value.asLong();
  }

  private static String message(JsonNode reply) {
    for (String name : new String[] {"msg", "message", "error", "detail", "description"}) {
      JsonNode text = reply.path(name);
      if (text.isTextual() && !text.asText().isBlank()) return text.asText();
    }
    return null;
  }

  private record Success(HttpResponse<byte[]> response, ByteArrayInputStream body)
      implements HttpResponse<ByteArrayInputStream> {
    @Override public int statusCode() { return 200; }
    @Override public HttpRequest request() { return response.request(); }
    @Override public Optional<HttpResponse<ByteArrayInputStream>> previousResponse() { return Optional.empty(); }
    @Override public HttpHeaders headers() {
      return HttpHeaders.of(response.headers().map(), (name, value) -> !name.equalsIgnoreCase("content-encoding"));
    }
    @Override public Optional<SSLSession> sslSession() { return response.sslSession(); }
    @Override public URI uri() { return response.uri(); }
    @Override public Version version() { return response.version(); }
  }

  @Override public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
    throw new UnsupportedOperationException("the envelope is read by send() alone");
  }
  @Override public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, BodyHandler<T> handler, PushPromiseHandler<T> pushes) {
    return sendAsync(request, handler);
  }
  @Override public Optional<CookieHandler> cookieHandler() { return base.cookieHandler(); }
  @Override public Optional<Duration> connectTimeout() { return base.connectTimeout(); }
  @Override public Redirect followRedirects() { return base.followRedirects(); }
  @Override public Optional<ProxySelector> proxy() { return base.proxy(); }
  @Override public SSLContext sslContext() { return base.sslContext(); }
  @Override public SSLParameters sslParameters() { return base.sslParameters(); }
  @Override public Optional<Authenticator> authenticator() { return base.authenticator(); }
  @Override public Version version() { return base.version(); }
  @Override public Optional<Executor> executor() { return base.executor(); }
}
