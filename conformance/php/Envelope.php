<?php

declare(strict_types=1);

use GuzzleHttp\Client;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Psr7\Response;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/** With outcome "unknown" never send the call again: list, or look up, and see what it did. */
final class CdkError extends RuntimeException
{
    private const KINDS = [
        'auth' => [10013, 10014, 401, 403],
        'rate_limited' => [10011, 429],
        'insufficient_funds' => [10008, 10017, 402],
    ];

    public readonly string $outcome;
    public readonly string $kind;

    public function __construct(
        string $method,
        public readonly ?int $status = null,
        public readonly ?int $vendorCode = null,
        public readonly ?string $text = null,
    ) {
        parent::__construct("HTTP $status, code $vendorCode: $text");
        $c = $vendorCode ?? 0;
        $open = in_array($c, [10001, 10009, 300], true) || ($c >= 500 && $c < 600) || $status === 408;
        $vendor = ($c >= 10000 && $c <= 10021) || ($c >= 400 && $c <= 404) || $c === 422 || $c === 429;
        $refused = ($vendor && $status < 500) || ($status >= 400 && $status < 500 && $status !== 499);
        $this->outcome = $method === 'GET' || ($refused && !$open) ? 'not_applied' : 'unknown';
        $matches = fn ($known) => in_array($c, $known, true) || in_array($status, $known, true);
        $this->kind = array_key_first(array_filter(self::KINDS, $matches)) ?? 'other';
    }
}

/** Reads the vendor's envelope before the generated client: new CdkApi(Envelope::client(), $configuration). */
final class Envelope
{
    private const NUMBERS = ['code', 'status', 'create_time', 'traffic', 'traffic_duration', 'use_time'];

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
        $reply = json_decode((string) $response->getBody());
        if (!$reply instanceof stdClass) {
            throw new CdkError($method, $status);
        }
        self::whole($reply);
        [$code, $data] = [$reply->code ?? null, $reply->data ?? null];
        if (is_int($code) && $code !== 200) {
            $names = ['msg', 'message', 'error', 'detail', 'description'];
            $texts = array_map(fn ($name) => $reply->$name ?? null, $names);
            $texts = array_filter($texts, fn ($text) => is_string($text) && trim($text) !== '');
            throw new CdkError($method, $status, $code, reset($texts) ?: null);
        }
        $data = $operation === 'list' && $code === 200 ? $data ?? [] : $data;
        $proof = $code === 200 || ($code === null && $operation !== 'revoke' && $data !== null);
        $readable = match ($operation) {
            'create' => is_array($data?->cdk ?? null) && self::every($data->cdk, self::isCode(...)),
            'list' => is_array($data) && self::every($data, self::isCdk(...)),
            'info' => self::isCdk($data),
            default => true,
        };
        if (!$proof || $status < 200 || $status > 299 || !$readable) {
            throw new CdkError($method, $status);
        }
        return new Response(200, ['content-type' => 'application/json'], json_encode(['code' => 200, 'data' => $data]));
    }

    /** Some of the vendor's pages type numbers as string. */
    private static function whole(mixed $node): void
    {
        foreach (is_iterable($node) || is_object($node) ? $node : [] as $name => $value) {
            if (in_array($name, self::NUMBERS, true) && is_numeric($value) && $value == (int) $value) {
                $node->$name = (int) $value;
            }
            self::whole($value);
        }
    }

    private static function every(array $items, callable $holds): bool
    {
        return count(array_filter($items, $holds)) === count($items);
    }

    private static function isCode(mixed $code): bool
    {
        return is_string($code) && $code !== '';
    }

    private static function isCdk(mixed $cdk): bool
    {
        $numbers = ['create_time', 'status', 'traffic', 'traffic_duration'];
        return $cdk instanceof stdClass && self::isCode($cdk->cdk ?? null)
            && self::every($numbers, fn ($name) => is_int($cdk->$name ?? null));
    }
}
