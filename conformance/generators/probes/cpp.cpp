#include <iostream>
#include "CppRestOpenAPIClient/api/CdkApi.h"

using namespace org::openapitools::client;

int main(int, char** given) {
  auto conf = std::make_shared<api::ApiConfiguration>();
  conf->setBaseUrl(given[1]);
  conf->setApiKey("token", given[2]);
  conf->setApiKey("key", given[3]);
  api::CdkApi api(std::make_shared<api::ApiClient>(conf));
  std::string scenario = given[4];
  auto json = [](const std::shared_ptr<model::ModelBase>& reply) { return reply->toJson(); };
  if (scenario == "calls") {
    auto codes = json(api.createCdks(3, 2).get())["data"]["cdk"].as_array();
    auto code = codes.at(0).as_string();
    auto listed = json(api.listCdks(boost::none).get())["data"].as_array().size();
    auto status = json(api.getCdk(code).get())["data"]["status"].as_integer();
    auto revoked = json(api.revokeCdk(code).get())["code"].as_integer();
    std::cout << codes.size() << " " << listed << " " << status << " " << revoked << std::endl;
  } else if (scenario == "create") {
    std::cout << json(api.createCdks(3, 2).get())["code"].as_integer() << std::endl;
  } else {
    std::cout << json(api.getCdk(given[5]).get())["data"]["status"].as_integer() << std::endl;
  }
}
