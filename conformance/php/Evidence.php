<?php

declare(strict_types=1);

/**
 * When a refusal proves nothing: if anything in it may be a voucher's code, or says that the request succeeded. See
 * "When a refusal proves nothing" in ../README.md.
 */
final class Evidence
{
    private const NAME = '/^(?:[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*)$/D';
    private const SUCCESS = '/^[\W_]*(?:ok|success|succeeded|successful|successfully)[\W_]*$/iD';
    private const TEXTS = ['msg', 'message', 'error', 'detail', 'description'];
    private const SIGNS = ['code', 'success', 'succeeded', 'ok', 'status'];
    private const IDENTIFIER =
        '/^(?i:id|requestid|traceid|trace|sign|signature|nonce|time|timestamp)$|(?:_id|-id|Id|_ID|-ID)$/D';

    /** `$reply`: the JSON object in the body; null if the body is none. */
    public static function contradicts(?stdClass $reply, string $body): bool
    {
        if ($reply !== null) {
            return self::found('', $reply);
        }
        $isText = preg_match('//u', $body) === 1 && !str_contains($body, "\0");
        return !$isText || preg_match('/^\s*[{["]/', $body) === 1 || self::speaksOfCodes($body);
    }

    /** Whether this field of a refusal, at any depth, may be a code or the sign of a success. */
    private static function found(string $name, mixed $value): bool
    {
        $lower = strtolower($name);
        $value = $value instanceof stdClass ? (array) $value : $value;
        $isList = is_array($value) && array_is_list($value);
        if (self::holdsACode($name)) {
            return true;
        }
        if (in_array($value, [null, false, '', []], true)) {
            return false;
        }
        if ($lower === 'data' || str_contains($lower, 'cdk')) {
            return true;
        }
        if (is_array($value)) {
            foreach ($value as $inner => $field) {
                $isText = $isList && is_string($field) && !in_array($lower, self::TEXTS, true);
                if ($isText || self::found($isList ? '' : (string) $inner, $field)) {
                    return true;
                }
            }
            return false;
        }
        $sign = is_string($value) ? trim($value) : $value;
        if (in_array($lower, self::SIGNS, true) && in_array($sign, [true, 200, 200.0, '200'], true)) {
            return true;
        }
        if (preg_match(self::IDENTIFIER, $name)) {
            return false;
        }
        if (is_string($value)) {
            $isJson = strpbrk($value, '{[') !== false;
            return self::saysSuccess($value) || self::holdsACode($value) || ($isJson && self::speaksOfCodes($value));
        }
        return !is_bool($value) && abs($value) >= 1e11;
    }

    /** A run of letters and digits as long as a code, neither of one kind nor a name like BadRequestException. */
    private static function holdsACode(string $text): bool
    {
        preg_match_all('/[A-Za-z0-9]{12,}/', $text, $runs);
        return count(preg_grep(self::NAME, $runs[0], PREG_GREP_INVERT)) > 0;
    }

    /** Alone, or before a comma or the like; in Chinese anywhere but in a negation. */
    private static function saysSuccess(string $text): bool
    {
        $parts = array_filter(preg_split('/[,;:.!]/', $text), fn ($part) => trim($part) !== '');
        $negated = str_contains($text, '不') || str_contains($text, '未');
        return preg_match(self::SUCCESS, (string) reset($parts)) === 1 || (str_contains($text, '成功') && !$negated);
    }

    /** A text around or inside JSON, a page, or any other text that is no envelope. */
    private static function speaksOfCodes(string $text): bool
    {
        $packed = strtolower(preg_replace('/\s+/', '', $text));
        $parts = array_filter(['cdk', '"code":200', '"code":"200"'], fn ($part) => str_contains($packed, $part));
        return $parts !== [] || self::holdsACode($text);
    }
}
