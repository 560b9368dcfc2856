import org.openapitools.client.ApiClient;
import org.openapitools.client.api.CdkApi;

class Probe {
  public static void main(String[] given) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(given[0]);
    client.setRequestInterceptor(request -> request.header("token", given[1]).header("key", given[2]));
    CdkApi api = new CdkApi(client);
    switch (given[3]) {
      case "calls" -> {
        var codes = api.createCdks(3L, 2).getCreateCdksSuccess().getData().getCdk();
        int listed = api.listCdks(null).getListCdksSuccess().getData().size();
        long status = api.getCdk(codes.get(0)).getGetCdkSuccess().getData().getStatus();
        int revoked = api.revokeCdk(codes.get(0)).getRevokeCdkSuccess().getCode().getValue();
        System.out.println(codes.size() + " " + listed + " " + status + " " + revoked);
      }
      case "create" -> System.out.println(api.createCdks(3L, 2).getVendorFailure().getCode());
      default -> System.out.println(api.getCdk(given[4]).getGetCdkSuccess().getData().getStatus());
    }
  }
}
