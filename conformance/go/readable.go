package main

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	digits = regexp.MustCompile(`^[+-]?[0-9]+$`)
	code   = regexp.MustCompile(`^[\x21-\x7E]{1,256}$`)
)

// readable returns `data` in the form that the contract promises, and whether it has it. Generated code reads what is
// missing, or null, as 0 and "".
func readable(operation string, data any) (any, bool) {
	switch operation {
	case "create":
		created, ok := data.(map[string]any)
		if !ok {
			return nil, false
		}
		if one, ok := created["cdk"].(string); ok {
			created["cdk"] = []any{one}
		}
		codes, ok := created["cdk"].([]any)
		for _, item := range codes {
			ok = ok && isCode(item)
		}
		return created, ok
	case "list":
		if data == nil {
			return []any{}, true
		}
		rows, ok := data.([]any)
		for _, row := range rows {
			ok = ok && isVoucher(row)
		}
		return rows, ok
	case "info":
		return data, isVoucher(data)
	}
	return data, true
}

func isCode(value any) bool {
	text, ok := value.(string)
	return ok && code.MatchString(text)
}

// isVoucher also makes numbers of strings that hold one: some of the vendor's pages type them so.
func isVoucher(value any) bool {
	row, ok := value.(map[string]any)
	if !ok || !isCode(row["cdk"]) {
		return false
	}
	if row["use_time"] == "" || row["use_time"] == nil {
		delete(row, "use_time")
	}
	for _, name := range []string{"create_time", "status", "traffic", "traffic_duration", "use_time"} {
		field, there := row[name]
		if !there && name == "use_time" {
			continue
		}
		number, ok := whole(field)
		if !ok || (name == "traffic_duration" && number < 0) {
			return false
		}
		row[name] = number
	}
	return true
}

// whole reads an integer, a whole float, or a string that holds an integer, of 64 bits.
func whole(value any) (int64, bool) {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	if isNumber {
		text = number.String()
	}
	if text = strings.TrimSpace(text); (isText || isNumber) && digits.MatchString(text) {
		found, err := strconv.ParseInt(text, 10, 64)
		return found, err == nil
	}
	float, err := number.Float64()
	// Beyond 2^53 a float no longer tells whole numbers apart.
	return int64(float), isNumber && err == nil && float == math.Trunc(float) && math.Abs(float) <= 1<<53
}
