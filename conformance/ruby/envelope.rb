# frozen_string_literal: true

require 'json'

# What became of a call that was no success. With outcome "unknown" never send the call again: list, or look up,
# and see what it did.
class CdkError < StandardError
  REFUSALS = [*10_000..10_021, *400..404, 422, 429].freeze
  LEAVES_OPEN = [10_001, 10_009, 300, *500..599].freeze
  KINDS = { 'auth' => [10_013, 10_014, 401, 403], 'rate_limited' => [10_011, 429],
            'insufficient_funds' => [10_008, 10_017, 402] }.freeze

  attr_reader :outcome, :kind, :status, :code, :text

  def initialize(method, status, code = nil, text = nil)
    super("HTTP #{status}, code #{code}: #{text}")
    @status = status
    @code = code
    @text = text
    http = status || 0
    refused = (REFUSALS.include?(code) && http < 500) || (http.between?(400, 499) && http != 499)
    proven = refused && http != 408 && !LEAVES_OPEN.include?(code)
    @outcome = method == :GET || proven ? 'not_applied' : 'unknown'
    @kind = KINDS.find { |_, known| known.include?(code) || known.include?(status) }&.first || 'other'
  end
end

# Reads the vendor's envelope before the generated client does: `api_client.extend(Envelope)`.
module Envelope
  NUMBERS = %w[code status create_time traffic traffic_duration use_time].freeze
  TEXTS = %w[msg message error detail description].freeze
  Success = Struct.new(:body, :headers)

  # In place of the generated method, which follows redirects whatever it is told, with both credentials.
  def call_api(http_method, path, opts = {})
    request = build_request(http_method, path, opts)
    # On a connection that it has used before, curl may send a request again, a POST too.
    request.options.update(followlocation: false, forbid_reuse: true, fresh_connect: true)
    response = request.run
    status = response.code.zero? ? nil : response.code
    raise CdkError.new(http_method, status) unless response.return_code == :ok && status

    body = JSON.generate(code: 200, data: Envelope.data(http_method, path, status, response.body))
    [deserialize(Success.new(body, {}), opts[:return_type]), 200, response.headers]
  end

  def self.data(method, path, status, body)
    reply = whole(JSON.parse(body))
    raise CdkError.new(method, status) unless reply.is_a?(Hash)

    code, data = reply.values_at('code', 'data')
    if code.is_a?(Integer) && code != 200
      text = reply.values_at(*TEXTS).find { |it| it.is_a?(String) && !it.strip.empty? }
      raise CdkError.new(method, status, code, text)
    end
    data = [] if data.nil? && code == 200 && path.end_with?('/list')
    proof = code == 200 || (code.nil? && !data.nil? && !path.end_with?('/revoke'))
    raise CdkError.new(method, status) unless proof && status.between?(200, 299) && readable?(path, data)

    data
  rescue JSON::ParserError, ArgumentError, TypeError, NoMethodError
    raise CdkError.new(method, status)
  end

  # Some of the vendor's pages type numbers as string.
  def self.whole(node)
    return node.map { |item| whole(item) } if node.is_a?(Array)
    return node unless node.is_a?(Hash)

    node.to_h do |name, value|
      [name, NUMBERS.include?(name) && !value.nil? ? Integer(value.to_s.delete_suffix('.0'), 10) : whole(value)]
    end
  end

  def self.readable?(path, data)
    case path
    when %r{/create$} then data['cdk'].is_a?(Array) && data['cdk'].all? { |code| code?(code) }
    when %r{/list$} then data.is_a?(Array) && data.all? { |cdk| cdk?(cdk) }
    when %r{/info$} then cdk?(data)
    else true
    end
  end

  def self.code?(code)
    code.is_a?(String) && !code.empty?
  end

  def self.cdk?(cdk)
    code?(cdk['cdk']) && %w[create_time status traffic traffic_duration].all? { |name| cdk[name].is_a?(Integer) }
  end
end
