<?php

// Makes the calls that it reads from its input, one in each line, and writes what the client reports. Run by ../run.py.

declare(strict_types=1);

use OpenAPI\Client\Api\CdkApi;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\Cdk;
use OpenAPI\Client\Model\CdkDetails;
use OpenAPI\Client\Model\CreatedCdks;
use OpenAPI\Client\ObjectSerializer;

require 'GuzzleHttp/autoload.php'; // Debian's
require __DIR__ . '/Envelope.php';
spl_autoload_register(function (string $class): void {
    $path = __DIR__ . '/generated/lib/' . str_replace(['OpenAPI\\Client\\', '\\'], ['', '/'], $class) . '.php';
    if (is_file($path)) {
        require $path;
    }
});

function cdk(Cdk|CdkDetails $it): array
{
    return ['cdk' => $it->getCdk(), 'create_time' => $it->getCreateTime(), 'status' => $it->getStatus(),
        'traffic' => $it->getTraffic(), 'traffic_duration' => $it->getTrafficDuration()];
}

/** An empty name and 0 mean absent. */
function details(CdkDetails $it): array
{
    $redemption = ['username' => $it->getUseUsername() ?: null, 'time' => $it->getUseTime() ?: null];
    return cdk($it) + ['redemption' => array_filter($redemption) ? $redemption : null];
}

/** The generator leaves `data` untyped, since the reply may be a failure. After the helper it is none. */
function typed(mixed $data, string $type): mixed
{
    return ObjectSerializer::deserialize($data, $type);
}

function success(CdkApi $api, string $operation, stdClass $given): mixed
{
    return match ($operation) {
        'create' => typed($api->createCdks($given->flow, $given->num)->getData(), CreatedCdks::class)->getCdk(),
        'list' => array_map('cdk', typed($api->listCdks($given->status ?? null)->getData(), Cdk::class . '[]')),
        'get' => details(typed($api->getCdk($given->cdk)->getData(), CdkDetails::class)),
        'revoke' => $api->revokeCdk($given->cdk) === null ? 'nothing' : null,
    };
}

function told(stdClass $call): array
{
    $configuration = (new Configuration())->setHost($call->base_url);
    foreach ($call->credentials as $name => $secret) {
        $configuration->setApiKey($name, $secret);
    }
    $api = new CdkApi(Envelope::client(), $configuration);
    try {
        return ['result' => 'success', 'data' => success($api, $call->operation, $call->arguments)];
    } catch (CdkError $error) {
        return ['result' => 'failure', 'outcome' => $error->outcome, 'status' => $error->status,
            'code' => $error->vendorCode, 'message' => $error->text, 'kind' => $error->kind];
    } catch (InvalidArgumentException $error) {
        // The generated code checks the contract's ranges: 'invalid value for "$num" when calling …'.
        preg_match('/"?\$?(\w+)"? when calling|for "(\w+)"/', $error->getMessage(), $found);
        return ['result' => 'invalid_input', 'field' => end($found) ?: $error->getMessage()];
    } catch (Throwable $error) {
        return ['result' => 'crash', 'error' => get_class($error) . ': ' . $error->getMessage()];
    }
}

while (($line = fgets(STDIN)) !== false) {
    echo json_encode(told(json_decode($line))), "\n";
}
