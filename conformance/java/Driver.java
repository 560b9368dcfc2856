import cdk.ApiClient;
import cdk.ApiException;
import cdk.api.CdkApi;
import cdk.model.Cdk;
import cdk.model.CdkDetails;
import cdk.model.CdkStatusFilter;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes the calls that it reads from its input, one in each line, and writes what the client reports. Run by ../run.py. */
public final class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      System.out.println(JSON.writeValueAsString(told(JSON.readTree(line))));
    }
  }

  private static Map<String, Object> told(JsonNode call) {
    var told = new LinkedHashMap<String, Object>();
    try {
      told.put("data", success(call));
      told.put("result", "success");
    } catch (CdkError error) {
      told.put("result", "failure");
      told.put("outcome", error.outcome);
      told.put("status", error.status == 0 ? null : error.status);
      told.put("code", error.code);
      told.put("message", error.code == null ? null : error.getMessage());
      told.put("kind", error.kind);
    } catch (ArithmeticException error) {
      // The argument does not fit its type, Integer.
      told.put("result", "invalid_input");
      told.put("field", "num");
    }
    return told;
  }

  private static Object success(JsonNode call) {
    var client = new ApiClient() {
      @Override public HttpClient getHttpClient() { return new EnvelopeClient(HTTP); }
    };
    client.updateBaseUri(call.get("base_url").asText());
    Map<String, String> secrets = JSON.convertValue(call.get("credentials"), new TypeReference<>() {});
    client.setRequestInterceptor(request -> secrets.forEach(request::header));
    var api = new CdkApi(client);
    JsonNode given = call.get("arguments");
    String operation = call.get("operation").asText();
    String method = operation.equals("create") || operation.equals("revoke") ? "POST" : "GET";
    try {
      switch (operation) {
        case "create":
          int num = Math.toIntExact(given.get("num").asLong());
          return api.createCdks(given.get("flow").asLong(), num).getCreateCdksSuccess().getData().getCdk();
        case "list":
          var status = given.has("status") ? CdkStatusFilter.fromValue(given.get("status").asInt()) : null;
          return api.listCdks(status).getListCdksSuccess().getData().stream().map(Driver::voucher).toList();
        case "get":
          return details(api.getCdk(given.get("cdk").asText()).getGetCdkSuccess().getData());
        default:
          api.revokeCdk(given.get("cdk").asText());
          return null;
      }
    } catch (ApiException | ClassCastException error) {
      // The helper has passed a success on, and the generated code could not read it.
      throw new CdkError(method, 200, null, "the success cannot be read");
    }
  }

  private static Map<String, Object> voucher(Cdk cdk) {
    return voucher(cdk.getCdk(), cdk.getCreateTime(), cdk.getStatus(), cdk.getTraffic(), cdk.getTrafficDuration());
  }

  private static Map<String, Object> voucher(String code, Long created, Long status, Long traffic, Long duration) {
    var voucher = new LinkedHashMap<String, Object>();
    voucher.put("cdk", code);
    voucher.put("create_time", created);
    voucher.put("status", status);
    voucher.put("traffic", traffic);
    voucher.put("traffic_duration", duration);
    return voucher;
  }

  /** An empty name and 0 mean absent. */
  private static Map<String, Object> details(CdkDetails cdk) {
    String name = cdk.getUseUsername() == null || cdk.getUseUsername().isEmpty() ? null : cdk.getUseUsername();
    Long time = cdk.getUseTime() == null || cdk.getUseTime() == 0 ? null : cdk.getUseTime();
    var redemption = new LinkedHashMap<String, Object>();
    redemption.put("username", name);
    redemption.put("time", time);
    var voucher =
        voucher(cdk.getCdk(), cdk.getCreateTime(), cdk.getStatus(), cdk.getTraffic(), cdk.getTrafficDuration());
    voucher.put("redemption", name == null && time == null ? null : redemption);
    return voucher;
  }
}
