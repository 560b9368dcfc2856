<?php
require 'GuzzleHttp/autoload.php';
spl_autoload_register(function ($name) {
    $path = __DIR__ . '/client/lib/' . str_replace(['OpenAPI\\Client\\', '\\'], ['', '/'], $name) . '.php';
    if (is_file($path)) require $path;
});
[, $base, $token, $key, $scenario, $code] = $argv;
$conf = (new OpenAPI\Client\Configuration())->setHost($base)->setApiKey('token', $token)->setApiKey('key', $key);
$api = new OpenAPI\Client\Api\CdkApi(new GuzzleHttp\Client(), $conf);
if ($scenario === 'calls') {
    $codes = $api->createCdks(3, 2)->getData()->cdk;
    $listed = count($api->listCdks()->getData());
    $status = $api->getCdk($codes[0])->getData()->status;
    echo implode(' ', [count($codes), $listed, $status, $api->revokeCdk($codes[0])->getCode()]), "\n";
} elseif ($scenario === 'create') {
    echo $api->createCdks(3, 2)->getCode(), "\n";
} else {
    echo $api->getCdk($code)->getData()->status, "\n";
}
