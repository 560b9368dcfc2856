use strict;
use lib "client/lib";
use WWW::OpenAPIClient::CdkApi;
my ($base, $token, $key, $scenario, $code) = @ARGV;
my $api = WWW::OpenAPIClient::CdkApi->new(base_url => $base, api_key => { token => $token, key => $key });
if ($scenario eq "calls") {
    my $codes = $api->create_cdks(flow => 3, num => 2)->data->cdk;
    my $listed = $api->list_cdks->data;
    my $status = $api->get_cdk(cdk => $codes->[0])->data->status;
    print join(" ", scalar @$codes, scalar @$listed, $status, $api->revoke_cdk(cdk => $codes->[0])->code), "\n";
} elsif ($scenario eq "create") {
    print $api->create_cdks(flow => 3, num => 2)->code, "\n";
} else {
    print $api->get_cdk(cdk => $code)->data->status, "\n";
}
