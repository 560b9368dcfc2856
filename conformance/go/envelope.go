package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
)

// CdkError is what became of a call that was no success; errors.As finds it. With Outcome "unknown" never
// send the call again: list, or look up, and see what it did.
type CdkError struct {
	Outcome, Kind, Message string
	Status                 int
	Code                   *int64
}

func (e *CdkError) Error() string {
	return fmt.Sprintf("HTTP %d: %s (outcome %s)", e.Status, e.Message, e.Outcome)
}

func cdkError(method string, status int, code *int64, message string) *CdkError {
	e := &CdkError{Outcome: "unknown", Kind: "other", Message: message, Status: status, Code: code}
	var c int64
	if code != nil {
		c = *code
	}
	open := c == 10001 || c == 10009 || c == 300 || (c >= 500 && c < 600) || status == 408
	byCode := ((c >= 10000 && c <= 10021) || (c >= 400 && c <= 404) || c == 422 || c == 429) && status < 500
	byStatus := status >= 400 && status < 500 && status != 499
	if method == http.MethodGet || ((byCode || byStatus) && !open) {
		e.Outcome = "not_applied"
	}
	if kind := kinds[c]; kind != "" {
		e.Kind = kind
	} else if kind := kinds[int64(status)]; kind != "" {
		e.Kind = kind
	}
	return e
}

// What to do, by the payload's code, or else by the HTTP status.
var kinds = map[int64]string{
	10013: "auth", 10014: "auth", 401: "auth", 403: "auth",
	10011: "rate_limited", 429: "rate_limited",
	10008: "insufficient_funds", 10017: "insufficient_funds", 402: "insufficient_funds",
}

// Envelope reads the vendor's envelope before the generated client does: http.Client{Transport: Envelope{…}}.
type Envelope struct{ Base http.RoundTripper }

func (t Envelope) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.Base.RoundTrip(request)
	if err != nil {
		return nil, cdkError(request.Method, 0, nil, "no reply")
	}
	failure := func(code *int64, message string, reply map[string]any, body []byte) *CdkError {
		return weighed(cdkError(request.Method, response.StatusCode, code, message), request.Method, reply, body)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	var reply map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err != nil || !json.Valid(body) || decoder.Decode(&reply) != nil || reply == nil {
		return nil, failure(nil, "no readable reply", nil, body)
	}
	unreadable := failure(nil, "no readable reply", reply, body)
	var code *int64
	if reply["code"] != nil {
		number, ok := whole(reply["code"])
		if !ok {
			return nil, unreadable
		}
		code = &number
	}
	if code != nil && *code != 200 {
		return nil, failure(code, message(reply), reply, body)
	}
	operation := path.Base(request.URL.Path)
	proof := code != nil || (reply["data"] != nil && operation != "revoke")
	data, ok := readable(operation, reply["data"])
	if !proof || !ok || response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, unreadable
	}
	success := map[string]any{"code": 200, "data": data}
	clean, _ := json.Marshal(success)
	response.Status, response.StatusCode = "200 OK", 200
	response.Header.Set("Content-Type", "application/json")
	response.Body = io.NopCloser(bytes.NewReader(clean))
	return response, nil
}

func message(reply map[string]any) string {
	for _, name := range []string{"msg", "message", "error", "detail", "description"} {
		if text, ok := reply[name].(string); ok && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
