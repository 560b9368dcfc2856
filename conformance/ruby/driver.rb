# frozen_string_literal: true

# Makes the calls that it reads from its input, one in each line, and writes what the client reports. Run by ../run.py.

$LOAD_PATH.unshift(File.join(__dir__, 'generated/lib'))
require 'openapi_client'
require_relative 'envelope'

def cdk(cdk)
  %i[cdk create_time status traffic traffic_duration].to_h { |name| [name, cdk.public_send(name)] }
end

# An empty name and 0 mean absent.
def details(cdk)
  name = cdk.use_username unless cdk.use_username.to_s.empty?
  time = cdk.use_time unless cdk.use_time.to_i.zero?
  cdk(cdk).merge(redemption: name || time ? { username: name, time: time } : nil)
end

def success(api, operation, given)
  case operation
  when 'create' then api.create_cdks(given['flow'], given['num']).data.cdk
  when 'list' then api.list_cdks(given.transform_keys(&:to_sym)).data.map { |it| cdk(it) }
  when 'get' then details(api.get_cdk(given['cdk']).data)
  when 'revoke'
    api.revoke_cdk(given['cdk'])
    nil
  end
end

def told(call)
  configuration = OpenapiClient::Configuration.new
  configuration.scheme, configuration.host = call['base_url'].split('://')
  configuration.server_index = nil
  configuration.api_key = call['credentials']
  client = OpenapiClient::ApiClient.new(configuration).extend(Envelope)
  { result: 'success', data: success(OpenapiClient::CdkApi.new(client), call['operation'], call['arguments']) }
rescue CdkError => e
  { result: 'failure', outcome: e.outcome, status: e.status, code: e.code, message: e.text, kind: e.kind }
rescue ArgumentError => e
  # The generated code checks the contract's ranges: 'invalid value for "num" when calling …'.
  { result: 'invalid_input', field: e.message[/["'](?:\w+\.)*(\w+)["']/, 1] || e.message }
rescue StandardError => e
  { result: 'crash', error: "#{e.class}: #{e.message}" }
end

$stdin.each_line do |line|
  $stdout.puts JSON.generate(told(JSON.parse(line)))
  $stdout.flush
end
