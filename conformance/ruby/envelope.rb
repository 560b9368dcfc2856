# frozen_string_literal: true

require 'json'
require_relative 'evidence'

# What became of a call that was no success. With outcome "unknown" never send the call again: list, or look up,
# and see what it did.
class CdkError < StandardError
  REFUSALS = [*10_000..10_021, *400..404, 422, 429].freeze
  LEAVES_OPEN = [10_001, 10_009, 300, *500..599].freeze
  KINDS = { 10_013 => 'auth', 10_014 => 'auth', 401 => 'auth', 403 => 'auth', 10_011 => 'rate_limited',
            429 => 'rate_limited', 10_008 => 'insufficient_funds', 10_017 => 'insufficient_funds',
            402 => 'insufficient_funds' }.freeze

  attr_reader :outcome, :kind, :status, :code, :text

  # `reply` and `body`: what the failure is read from, if a whole reply came.
  def initialize(method, status, code = nil, text = nil, reply: nil, body: '')
    super("HTTP #{status}, code #{code}: #{text}")
    @status = status
    @code = code
    @text = text
    http = status || 0
    refused = (REFUSALS.include?(code) && http < 500) || (http.between?(400, 499) && http != 499)
    proven = refused && http != 408 && !LEAVES_OPEN.include?(code) && !Evidence.contradicts?(reply, body)
    @outcome = method == :GET || proven ? 'not_applied' : 'unknown'
    @kind = KINDS[code] || KINDS[status] || 'other'
    # A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
    @kind = 'other' if http == 403 && body.lstrip.start_with?('<')
  end
end

# Reads the vendor's envelope before the generated client does: `api_client.extend(Envelope)`.
module Envelope
  NUMBERS = %w[status create_time traffic traffic_duration use_time].freeze
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
    parsed = JSON.parse(body)
    raise CdkError.new(method, status, body: body) unless parsed.is_a?(Hash)

    reply = parsed

    code, data = reply.values_at('code', 'data')
    code = whole(code) unless code.nil?
    if code && code != 200
      text = reply.values_at(*TEXTS).find { |it| it.is_a?(String) && !it.strip.empty? }
      raise CdkError.new(method, status, code, text, reply: reply, body: body)
    end
    data = [] if data.nil? && code == 200 && path.end_with?('/list')
    proof = code == 200 || (code.nil? && !data.nil? && !path.end_with?('/revoke'))
    raise CdkError.new(method, status, reply: reply, body: body) unless proof && status.between?(200, 299)

    readable(path, data)
  rescue JSON::ParserError, ArgumentError, TypeError, NoMethodError
    raise CdkError.new(method, status, reply: reply, body: body)
  end

  # An integer, a whole float, or a string that holds an integer, of 64 bits: some of the vendor's pages type numbers
  # as string.
  def self.whole(value)
    value = value.strip.to_i if value.is_a?(String) && value.strip.match?(/\A[+-]?[0-9]+\z/)
    value = value.to_i if value.is_a?(Float) && value == value.to_i
    raise ArgumentError unless value.is_a?(Integer) && value.bit_length < 64

    value
  end

  # `data` in the form that the contract promises.
  def self.readable(path, data)
    case path
    when %r{/create$} then data.merge('cdk' => codes(data['cdk']))
    when %r{/list$} then Array === data ? data.map { |row| voucher(row) } : raise(ArgumentError)
    when %r{/info$} then voucher(data)
    else data
    end
  end

  def self.codes(cdk)
    cdk = [cdk] if cdk.is_a?(String)
    raise ArgumentError unless cdk.is_a?(Array) && cdk.all? { |code| code?(code) }

    cdk
  end

  def self.code?(code)
    code.is_a?(String) && code.match?(/\A[\x21-\x7E]{1,256}\z/)
  end

  def self.voucher(row)
    raise ArgumentError unless row.is_a?(Hash) && code?(row['cdk'])

    row = row.except('use_time') if [nil, ''].include?(row['use_time'])
    fields = NUMBERS.select { |name| name != 'use_time' || row.key?(name) }
    row = row.merge(fields.to_h { |name| [name, whole(row[name])] })
    raise ArgumentError if row['traffic_duration'].negative?

    row
  end
end
