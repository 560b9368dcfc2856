<?php

declare(strict_types=1);

use GuzzleHttp\Client;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Psr7\Response;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

require_once __DIR__ . '/Evidence.php';

/** With outcome "unknown" never send the call again: list, or look up, and see what it did. */
final class CdkError extends RuntimeException
{
    private const KINDS = [
        10013 => 'auth', 10014 => 'auth', 401 => 'auth', 403 => 'auth',
        10011 => 'rate_limited', 429 => 'rate_limited',
        10008 => 'insufficient_funds', 10017 => 'insufficient_funds', 402 => 'insufficient_funds',
    ];

    public readonly string $outcome;
    public readonly string $kind;

    public function __construct(
        string $method,
        public readonly ?int $status = null,
        public readonly ?int $vendorCode = null,
        public readonly ?string $text = null,
        ?stdClass $reply = null,
        string $body = '',
    ) {
        parent::__construct("HTTP $status, code $vendorCode: $text");
        $c = $vendorCode ?? 0;
        $open = in_array($c, [10001, 10009, 300], true) || ($c >= 500 && $c < 600) || $status === 408;
        $vendor = ($c >= 10000 && $c <= 10021) || ($c >= 400 && $c <= 404) || $c === 422 || $c === 429;
        $refused = ($vendor && $status < 500) || ($status >= 400 && $status < 500 && $status !== 499);
        $proven = $refused && !$open && !Evidence::contradicts($reply, $body);
        $this->outcome = $method === 'GET' || $proven ? 'not_applied' : 'unknown';
        // A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
        $page = $status === 403 && str_starts_with(ltrim($body), '<');
        $this->kind = $page ? 'other' : self::KINDS[$c] ?? self::KINDS[$status ?? 0] ?? 'other';
    }
}

/** Reads the vendor's envelope before the generated client: new CdkApi(Envelope::client(), $configuration). */
final class Envelope
{
    private const NUMBERS = ['status', 'create_time', 'traffic', 'traffic_duration', 'use_time'];

    public static function client(): Client
    {
        $stack = HandlerStack::create();
        $stack->push(fn (callable $next) => fn (RequestInterface $request, array $options) => $next($request, $options)
            ->then(
                fn (ResponseInterface $response) => self::success($request, $response),
                fn ($reason) => throw new CdkError($request->getMethod(), self::status($reason)),
            ));
        // Nothing below may send a POST again: that would order twice. curl does so when a connection that it
        // has used before turns out dead; Guzzle, up to three times, when a reply breaks off in its headers.
        $once = ['curl' => [CURLOPT_FORBID_REUSE => true, CURLOPT_FRESH_CONNECT => true], '_curl_retries' => 2];
        return new Client(['handler' => $stack, 'allow_redirects' => false, 'http_errors' => false] + $once);
    }

    private static function status(mixed $reason): ?int
    {
        return $reason instanceof RequestException ? $reason->getResponse()?->getStatusCode() : null;
    }

    private static function success(RequestInterface $request, ResponseInterface $response): ResponseInterface
    {
        [$method, $status] = [$request->getMethod(), $response->getStatusCode()];
        $operation = basename($request->getUri()->getPath());
        $body = (string) $response->getBody();
        $reply = json_decode($body);
        $reply = $reply instanceof stdClass ? $reply : null;
        $unreadable = new CdkError($method, $status, null, null, $reply, $body);
        if ($reply === null) {
            throw $unreadable;
        }
        [$code, $data] = [isset($reply->code) ? self::whole($reply->code) : null, $reply->data ?? null];
        if (isset($reply->code) && $code === null) {
            throw $unreadable;
        }
        if ($code !== null && $code !== 200) {
            $names = ['msg', 'message', 'error', 'detail', 'description'];
            $texts = array_map(fn ($name) => $reply->$name ?? null, $names);
            $texts = array_filter($texts, fn ($text) => is_string($text) && trim($text) !== '');
            throw new CdkError($method, $status, $code, reset($texts) ?: null, $reply, $body);
        }
        $data = $operation === 'list' && $code === 200 ? $data ?? [] : $data;
        $proof = $code === 200 || ($code === null && $operation !== 'revoke' && $data !== null);
        if ($operation === 'create' && is_string($data->cdk ?? null)) {
            $data->cdk = [$data->cdk];
        }
        $readable = match ($operation) {
            'create' => is_array($data->cdk ?? null) && self::every($data->cdk, self::isCode(...)),
            'list' => is_array($data) && self::every($data, self::isCdk(...)),
            'info' => self::isCdk($data),
            default => true,
        };
        if (!$proof || $status < 200 || $status > 299 || !$readable) {
            throw $unreadable;
        }
        return new Response(200, ['content-type' => 'application/json'], json_encode(['code' => 200, 'data' => $data]));
    }

    /** An integer, a whole float, or a string that holds an integer: some of the vendor's pages type numbers so. */
    private static function whole(mixed $value): ?int
    {
        if (is_string($value) && preg_match('/^[+-]?[0-9]+$/D', trim($value))) {
            $value = filter_var(ltrim(trim($value), '+'), FILTER_VALIDATE_INT);
        } elseif (is_float($value) && floor($value) === $value && abs($value) <= 2 ** 53) {
            $value = (int) $value;
        }
        return is_int($value) ? $value : null;
    }

    private static function every(array $items, callable $holds): bool
    {
        return count(array_filter($items, $holds)) === count($items);
    }

    private static function isCode(mixed $code): bool
    {
        return is_string($code) && preg_match('/^[\x21-\x7E]{1,256}$/D', $code) === 1;
    }

    /** Also makes numbers of strings that hold one. */
    private static function isCdk(mixed $cdk): bool
    {
        if (!$cdk instanceof stdClass || !self::isCode($cdk->cdk ?? null)) {
            return false;
        }
        if (($cdk->use_time ?? '') === '') {
            unset($cdk->use_time);
        }
        $absent = isset($cdk->use_time) ? [] : ['use_time'];
        foreach (array_diff(self::NUMBERS, $absent) as $name) {
            $cdk->$name = self::whole($cdk->$name ?? null);
            if ($cdk->$name === null) {
                return false;
            }
        }
        return $cdk->traffic_duration >= 0;
    }
}
