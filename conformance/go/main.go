// Makes the calls that it reads from its input, one in each line, and writes what the client reports. Run by ../run.py.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"

	cdk "conformance/generated"
)

type call struct {
	Operation string `json:"operation"`
	Arguments struct {
		Flow   int64                `json:"flow"`
		Num    int64                `json:"num"`
		Status *cdk.CdkStatusFilter `json:"status"`
		Cdk    string               `json:"cdk"`
	} `json:"arguments"`
	Credentials map[string]string `json:"credentials"`
	BaseURL     string            `json:"base_url"`
}

type told map[string]any

// Each call on a connection of its own: Go sends a GET again when a kept one turns out to be closed.
var httpClient = &http.Client{Transport: Envelope{&http.Transport{DisableKeepAlives: true}}}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var call call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			panic(err)
		}
		data, err := call.make()
		if err := out.Encode(what(data, err)); err != nil {
			panic(err)
		}
	}
}

func what(data any, err error) told {
	if err == nil {
		return told{"result": "success", "data": data}
	}
	var wrong *CdkError
	if !errors.As(err, &wrong) {
		// The generated code checks the contract's ranges, and says which argument it refuses.
		field, _, _ := strings.Cut(err.Error(), " ")
		return told{"result": "invalid_input", "field": field}
	}
	var status, message any
	if wrong.Status != 0 {
		status = wrong.Status
	}
	if wrong.Code != nil && wrong.Message != "" {
		message = wrong.Message
	}
	return told{"result": "failure", "outcome": wrong.Outcome, "status": status, "code": wrong.Code,
		"message": message, "kind": wrong.Kind}
}

func (c call) make() (any, error) {
	configuration := cdk.NewConfiguration()
	configuration.HTTPClient = httpClient
	configuration.Servers = cdk.ServerConfigurations{{URL: c.BaseURL}}
	keys := map[string]cdk.APIKey{}
	for name, secret := range c.Credentials {
		keys[name] = cdk.APIKey{Key: secret}
	}
	ctx := context.WithValue(context.Background(), cdk.ContextAPIKeys, keys)
	api := cdk.NewAPIClient(configuration).CdkAPI
	switch c.Operation {
	case "create":
		if c.Arguments.Num != int64(int32(c.Arguments.Num)) {
			return nil, errors.New("num does not fit its type, int32")
		}
		reply, response, err := api.CreateCdks(ctx).Flow(c.Arguments.Flow).Num(int32(c.Arguments.Num)).Execute()
		if err := unread(reply != nil && reply.CreateCdksSuccess != nil, response, err); err != nil {
			return nil, err
		}
		return reply.CreateCdksSuccess.Data.Cdk, nil
	case "list":
		request := api.ListCdks(ctx)
		if c.Arguments.Status != nil {
			request = request.Status(*c.Arguments.Status)
		}
		reply, response, err := request.Execute()
		if err := unread(reply != nil && reply.ListCdksSuccess != nil, response, err); err != nil {
			return nil, err
		}
		vouchers := []told{}
		for _, one := range reply.ListCdksSuccess.Data {
			vouchers = append(vouchers, voucher(one.Cdk, one.CreateTime, one.Status, one.Traffic, one.TrafficDuration))
		}
		return vouchers, nil
	case "get":
		reply, response, err := api.GetCdk(ctx).Cdk(c.Arguments.Cdk).Execute()
		if err := unread(reply != nil && reply.GetCdkSuccess != nil, response, err); err != nil {
			return nil, err
		}
		one := reply.GetCdkSuccess.Data
		found := voucher(one.Cdk, one.CreateTime, one.Status, one.Traffic, one.TrafficDuration)
		found["redemption"] = redemption(one.GetUseUsername(), one.GetUseTime())
		return found, nil
	default:
		_, _, err := api.RevokeCdk(ctx).Cdk(c.Arguments.Cdk).Execute()
		return nil, err
	}
}

// unread: what is no success after the envelope helper is a success that the generated code could not read.
func unread(success bool, response *http.Response, err error) error {
	if err == nil && success || response == nil {
		return err
	}
	return cdkError(response.Request.Method, 200, nil, "the success cannot be read")
}

func voucher(cdk string, createTime, status, traffic, trafficDuration int64) told {
	return told{"cdk": cdk, "create_time": createTime, "status": status, "traffic": traffic,
		"traffic_duration": trafficDuration}
}

// An empty name and 0 mean absent.
func redemption(username string, time int64) any {
	found := told{"username": nil, "time": nil}
	if username != "" {
		found["username"] = username
	}
	if time != 0 {
		found["time"] = time
	}
	if username == "" && time == 0 {
		return nil
	}
	return found
}
