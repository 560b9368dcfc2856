package main

import (
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"strings"
)

// A run of letters and digits as long as a code. It is none if it is of one kind, or a name like BadRequestException.
var (
	run        = regexp.MustCompile(`[A-Za-z0-9]{12,}`)
	name       = regexp.MustCompile(`^(?:[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*)$`)
	succeeded  = regexp.MustCompile(`(?i)^[\W_]*(?:ok|success|succeeded|successful|successfully)[\W_]*$`)
	texts      = regexp.MustCompile(`(?i)^(?:msg|message|error|detail|description)$`)
	sign       = regexp.MustCompile(`(?i)^(?:code|success|succeeded|ok|status)$`)
	identifier = regexp.MustCompile(`^(?i:id|requestid|traceid|trace|sign|signature|nonce|time|timestamp)$|(?:_id|-id|Id|_ID|-ID)$`)
)

// weighed says of a failure that it proves nothing if anything in the body may be a code or says success: see "When a
// refusal proves nothing" in ../README.md. reply is nil if the body is no JSON object.
func weighed(e *CdkError, method string, reply map[string]any, body []byte) *CdkError {
	text := string(body)
	if method != http.MethodGet && contradicts(reply, text) {
		e.Outcome = "unknown"
	}
	// A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
	if e.Status == 403 && strings.HasPrefix(strings.TrimSpace(text), "<") {
		e.Kind = "other"
	}
	return e
}

func contradicts(reply map[string]any, text string) bool {
	if reply == nil {
		start := strings.TrimSpace(text) + " "
		noText := strings.ToValidUTF8(text, "\x00") != text || strings.Contains(text, "\x00")
		return strings.Contains(`{["`, start[:1]) || noText || speaksOfCodes(text)
	}
	return found("", reply)
}

// found tells whether this field of a refusal, at any depth, may be a code or the sign of a success.
func found(field string, value any) bool {
	lower := strings.ToLower(field)
	if holdsACode(field) {
		return true
	}
	whole := lower == "data" || strings.Contains(lower, "cdk")
	isSign := sign.MatchString(field)
	isIdentifier := !isSign && identifier.MatchString(field)
	switch value := value.(type) {
	case bool:
		return value && (whole || isSign)
	case json.Number:
		number, err := value.Float64()
		return whole || isSign && number == 200 || !isIdentifier && (err != nil || math.Abs(number) >= 1e11)
	case string:
		if value == "" || isIdentifier && !whole {
			return false
		}
		isJSON := strings.ContainsAny(value, "{[") && speaksOfCodes(value)
		says := isSign && strings.TrimSpace(value) == "200" || saysSuccess(value)
		return whole || says || holdsACode(value) || isJSON
	case []any:
		for _, item := range value {
			_, isText := item.(string)
			if whole || isText && !texts.MatchString(field) || found("", item) {
				return true
			}
		}
	case map[string]any:
		for inner, item := range value {
			if whole || found(inner, item) {
				return true
			}
		}
	}
	return false
}

func holdsACode(text string) bool {
	for _, word := range run.FindAllString(text, -1) {
		if !name.MatchString(word) {
			return true
		}
	}
	return false
}

// saysSuccess: alone, or before a comma or the like; in Chinese anywhere but in a negation.
func saysSuccess(text string) bool {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;:.!", r) }) {
		if strings.TrimSpace(part) != "" {
			if succeeded.MatchString(part) {
				return true
			}
			break
		}
	}
	return strings.Contains(text, "成功") && !strings.ContainsAny(text, "不未")
}

// speaksOfCodes is about a text around or inside JSON, a page, or any other text that is no envelope.
func speaksOfCodes(text string) bool {
	packed := strings.ToLower(strings.Join(strings.Fields(text), ""))
	for _, part := range []string{"cdk", `"code":200`, `"code":"200"`} {
		if strings.Contains(packed, part) {
			return true
		}
	}
	return holdsACode(text)
}
