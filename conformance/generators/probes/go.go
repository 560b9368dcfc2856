package main

import (
	"context"
	"fmt"
	"os"

	openapi "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	base, token, key, scenario, code := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	conf := openapi.NewConfiguration()
	conf.Servers = openapi.ServerConfigurations{{URL: base}}
	api := openapi.NewAPIClient(conf).CdkAPI
	keys := map[string]openapi.APIKey{"token": {Key: token}, "key": {Key: key}}
	ctx := context.WithValue(context.Background(), openapi.ContextAPIKeys, keys)
	switch scenario {
	case "calls":
		made, _, err := api.CreateCdks(ctx).Flow(3).Num(2).Execute()
		must(err)
		codes := made.CreateCdksSuccess.Data.Cdk
		listed, _, err := api.ListCdks(ctx).Execute()
		must(err)
		found, _, err := api.GetCdk(ctx).Cdk(codes[0]).Execute()
		must(err)
		revoked, _, err := api.RevokeCdk(ctx).Cdk(codes[0]).Execute()
		must(err)
		fmt.Println(len(codes), len(listed.ListCdksSuccess.Data), found.GetCdkSuccess.Data.Status, int(revoked.RevokeCdkSuccess.Code))
	case "create":
		made, _, err := api.CreateCdks(ctx).Flow(3).Num(2).Execute()
		must(err)
		fmt.Println(made.VendorFailure.Code)
	default:
		found, _, err := api.GetCdk(ctx).Cdk(code).Execute()
		must(err)
		fmt.Println(found.GetCdkSuccess.Data.Status)
	}
}
