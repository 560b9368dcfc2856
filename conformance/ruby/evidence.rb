# frozen_string_literal: true

# When a refusal proves nothing: if anything in it may be a voucher's code, or says that the request succeeded. See
# "When a refusal proves nothing" in ../README.md.
module Evidence
  # A run of letters and digits as long as a code. It is none if it is of one kind, or a name like BadRequestException.
  RUN = /[A-Za-z0-9]{12,}/
  NAME = /\A(?:[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*)\z/
  SUCCESS = /\A[\W_]*(?:ok|success|succeeded|successful|successfully)[\W_]*\z/i
  TEXTS = %w[msg message error detail description].freeze
  SIGNS = %w[code success succeeded ok status].freeze
  IDENTIFIERS = %w[id requestid traceid trace sign signature nonce time timestamp].freeze
  IDENTIFIER_ENDS = %w[_id -id Id _ID -ID].freeze

  # `reply`: the JSON object in the body; nil if the body is none.
  def self.contradicts?(reply, body)
    return found?('', reply) if reply

    text = body.dup.force_encoding('UTF-8')
    !text.valid_encoding? || text.include?("\0") || text.lstrip.start_with?('{', '[', '"') || speaks_of_codes?(text)
  end

  # Whether this field of a refusal, at any depth, may be a code or the sign of a success.
  def self.found?(name, value)
    lower = name.downcase
    return true if code?(name)
    return false if [nil, false, '', [], {}].include?(value)
    return true if lower == 'data' || lower.include?('cdk')
    return value.any? { |inner, field| found?(inner, field) } if value.is_a?(Hash)

    if value.is_a?(Array)
      return value.any? { |item| (item.is_a?(String) && !TEXTS.include?(lower)) || found?('', item) }
    end
    return true if SIGNS.include?(lower) && [true, 200, '200'].include?(value.is_a?(String) ? value.strip : value)
    return false if IDENTIFIERS.include?(lower) || name.end_with?(*IDENTIFIER_ENDS)
    return value.is_a?(Numeric) && value.abs >= 1e11 unless value.is_a?(String)

    success?(value) || code?(value) || (value.match?(/[{\[]/) && speaks_of_codes?(value))
  end

  def self.code?(text)
    text.scan(RUN).any? { |run| !run.match?(NAME) }
  end

  # Alone, or before a comma or the like; in Chinese anywhere but in a negation.
  def self.success?(text)
    first = text.split(/[,;:.!]/).find { |part| !part.strip.empty? }
    first&.match?(SUCCESS) || (text.include?('成功') && !text.match?(/[不未]/))
  end

  # A text around or inside JSON, a page, or any other text that is no envelope.
  def self.speaks_of_codes?(text)
    packed = text.gsub(/\s+/, '').downcase
    ['cdk', '"code":200', '"code":"200"'].any? { |part| packed.include?(part) } || code?(text)
  end
end
