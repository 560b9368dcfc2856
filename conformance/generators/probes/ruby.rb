$LOAD_PATH.unshift "client/lib"
require "openapi_client"
base, token, key, scenario, code = ARGV
OpenapiClient.configure do |conf|
  conf.scheme, rest = base.split("://")
  conf.host = rest
  conf.api_key = { "token" => token, "key" => key }
end
OpenapiClient.configure { |conf| conf.server_index = nil }
api = OpenapiClient::CdkApi.new
case scenario
when "calls"
  codes = api.create_cdks(3, 2).data.cdk
  puts [codes.size, api.list_cdks.data.size, api.get_cdk(codes[0]).data.status, api.revoke_cdk(codes[0]).code].join(" ")
when "create" then puts api.create_cdks(3, 2).code
else puts api.get_cdk(code).data.status
end
