package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
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
	for kind, known := range kinds {
		if known[c] || known[int64(status)] {
			e.Kind = kind
		}
	}
	return e
}

var kinds = map[string]map[int64]bool{
	"auth":               {10013: true, 10014: true, 401: true, 403: true},
	"rate_limited":       {10011: true, 429: true},
	"insufficient_funds": {10008: true, 10017: true, 402: true},
}

// Some of the vendor's pages type these numbers as string. (A quote inside of a JSON string is escaped.)
var numbers = regexp.MustCompile(`("(?:code|status|create_time|traffic|traffic_duration|use_time)"\s*:\s*)(?:"(-?\d+)"|(-?\d+)\.0\b)`)

// Envelope reads the vendor's envelope before the generated client does: http.Client{Transport: Envelope{…}}.
type Envelope struct{ Base http.RoundTripper }

func (t Envelope) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.Base.RoundTrip(request)
	if err != nil {
		return nil, cdkError(request.Method, 0, nil, "no reply")
	}
	unreadable := cdkError(request.Method, response.StatusCode, nil, "no readable reply")
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	var reply map[string]json.RawMessage
	if err != nil || json.Unmarshal(numbers.ReplaceAll(body, []byte("$1$2$3")), &reply) != nil {
		return nil, unreadable
	}
	var code *int64
	if reply["code"] != nil && json.Unmarshal(reply["code"], &code) != nil {
		return nil, unreadable
	}
	if code != nil && *code != 200 {
		return nil, cdkError(request.Method, response.StatusCode, code, message(reply))
	}
	operation, data := path.Base(request.URL.Path), reply["data"]
	if string(data) == "null" {
		data = nil
	}
	if data == nil && operation == "list" && code != nil {
		data = []byte("[]")
	}
	proof := code != nil || (data != nil && operation != "revoke")
	if !proof || response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, unreadable
	}
	success := map[string]any{"code": 200, "data": data}
	clean, _ := json.Marshal(success)
	response.Status, response.StatusCode = "200 OK", 200
	response.Header.Set("Content-Type", "application/json")
	response.Body = io.NopCloser(bytes.NewReader(clean))
	return response, nil
}

func message(reply map[string]json.RawMessage) string {
	for _, name := range []string{"msg", "message", "error", "detail", "description"} {
		var text string
		if json.Unmarshal(reply[name], &text) == nil && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
