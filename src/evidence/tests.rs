use super::*;

const CODE: &str = "nozzapqOWJOCcWIX";

#[track_caller]
fn check(body: &str, expected: bool) {
    let body = body.replace("CODE", CODE);
    assert_eq!(contradicts(body.as_bytes()), expected, "{body}");
}

#[test]
fn data_that_holds_a_text_or_a_code_carries_one_and_empty_data_does_not() {
    for (data, carries) in [
        ("{}", false),
        ("[]", false),
        ("null", false),
        (r#""""#, false),
        ("0", false),
        ("7", false),
        ("-7", false),
        ("7.5", false),
        ("true", false),
        (r#"{"cdk":[]}"#, false),
        (r#"{"cdk":null,"left":3}"#, false),
        (r#"[{"cdk":[[]]}]"#, false),
        (r#"{"cdk":[true,false,null," "]}"#, false),
        (r#"{"cdk":5}"#, true),
        (r#"{"cdk":-5}"#, true),
        (r#"{"cdk":5.5}"#, true),
        // How a number arrives where serde_json keeps all its digits.
        (r#"{"cdk":{"$serde_json::private::Number":"5"}}"#, true),
        (r#"{"left":{"$serde_json::private::Number":"5"}}"#, false),
        (r#"{"reason":"no stock","left":0}"#, true),
        (r#"["a",7]"#, true),
        ("[7]", true),
        ("99999999999", false),
        ("100000000000", true),
        ("-100000000000", true),
        (r#"{"left":1748332399123456}"#, true),
        (r#"{"CODE":1}"#, true),
        (r#"{"cdk":["a"]}"#, true),
        (r#"["a"]"#, true),
        (r#""a""#, true),
        (r#"{"x":[{"y":{"cdk":"a"}}]}"#, true),
        (r#"{"reason":"no stock"}"#, true),
    ] {
        check(&format!(r#"{{"code":10008,"data":{data}}}"#), carries);
        check(&format!(r#"{{"data":{data},"code":10008}}"#), carries);
    }
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    check(&format!(r#"{{"code":10008,"data":{deep}}}"#), true);
}

#[test]
fn a_field_that_nobody_documented_carries_codes_by_its_name_or_by_their_form() {
    for (fields, carries) in [
        (r#""cdks":["a"]"#, true),
        (r#""CDK":"a""#, true),
        (r#""cdk_list":[7]"#, true),
        (r#""result":{"cdk":["a"]}"#, true),
        (r#""result":["a"]"#, true),
        (r#""result":{"list":["a"]}"#, true),
        (r#""ret_data":"CODE""#, true),
        (r#""ret_data":{"data":"a"}"#, true),
        (r#""payload":"{\"cdk\":[\"a\"]}""#, true),
        (r#""serial":748332399123"#, true),
        (r#""CODE":null"#, true),
        (r#""cdk":[]"#, false),
        (r#""trace":"CODE""#, false),
        (r#""trace":{"id":"CODE","time":"a"}"#, false),
        (r#""trace":{"span":"CODE"}"#, true),
        (r#""trace":{"CODE":1}"#, true),
        (r#""id":["a"]"#, true),
        (r#""paid":["a"]"#, true),
        (r#""prepaid":"CODE""#, true),
        (r#""requested":"CODE""#, true),
        (r#""X-Request-Id":"CODE""#, false),
        (r#""user_ID":"CODE""#, false),
        (r#""trace":{"cdk":"a"}"#, true),
        (r#""requestId":"CODE""#, false),
        (r#""timestamp":1748332399123"#, false),
        (r#""path":"/api/cdk/create""#, false),
        (r#""exception":"BadRequestException""#, false),
        (r#""left":[3]"#, false),
    ] {
        check(
            &format!(r#"{{"code":10008,"data":{{}},{fields}}}"#),
            carries,
        );
    }
}

#[test]
fn a_refusal_that_says_success_contradicts_itself() {
    for (fields, says) in [
        (r#""msg":"success""#, true),
        (r#""msg":" OK ""#, true),
        (r#""msg":"Success!""#, true),
        (r#""msg":"ok, created 2 cdk""#, true),
        (r#""msg":"操作成功""#, true),
        (r#""msg":"未成功""#, false),
        (r#""msg":"操作不成功""#, false),
        (r#""msg":"no","message":"success""#, true),
        (r#""msg":"here: CODE""#, true),
        (r#""msg":"ok is not what this is""#, false),
        (r#""msg":"{\"cdk\":[\"a\"]}""#, true),
        (r#""msg":"the cdk limit""#, false),
        (r#""msg":"InsufficientBalance""#, false),
        (r#""msg":"Insufficient balance""#, false),
        (r#""success":true"#, true),
        (r#""success":false"#, false),
        (r#""status":"success""#, true),
        (r#""status":400"#, false),
        (r#""Code":200"#, true),
        (r#""Code":"200""#, true),
        (r#""Code":201"#, false),
        (r#""error":{"code":200}"#, true),
        (r#""error":{"code":10008,"message":"no"}"#, false),
    ] {
        check(&format!(r#"{{"code":10008,"data":{{}},{fields}}}"#), says);
    }
}

#[test]
fn a_body_that_is_no_envelope_carries_codes_by_the_name_or_by_their_form() {
    for (body, carries) in [
        ("", false),
        ("bad request", false),
        (
            "<html><h1>429 Too Many Requests</h1><hr>nginx/1.27.3</html>",
            false,
        ),
        ("<html><pre>{\"cdk\":[\"a\"]}</pre></html>", true),
        ("OK {\"CDK\":[]}", true),
        (")]}',\n{\"code\":200,\"data\":{\"cdk\":[]}}", true),
        ("Your code: CODE", true),
        ("OK {\"code\": 200, \"data\":{}}", true),
        ("{\"code\":\"200\"} {}", true),
        (r#"{"code":10008}<!-- 0.1s -->"#, false),
        // Half a letter, which is no JSON by the book.
        (r#"{"code":10008,"msg":"\ud83d"}"#, false),
        (r#"{"code":10008,"cdk":["a"],"msg":"\ud83d"}"#, true),
        (
            r#"{"code":10008}<!-- {"code":200,"data":{"cdk":["a"]}} -->"#,
            true,
        ),
        (r#"<!-- CODE -->{"code":10008}"#, true),
    ] {
        check(body, carries);
    }
    let wide: Vec<u8> = "no".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(contradicts(&wide));
    assert!(contradicts(b"\x78\x9c\xab\x56"));
    // A message in another encoding hides nothing of the envelope around it.
    assert!(!contradicts(b"{\"code\":10008,\"msg\":\"\xb2\xbb\"}"));
}

#[test]
fn a_name_is_made_of_words() {
    for (word, expected) in [
        ("BadRequestException", true),
        ("badRequest", true),
        ("nozzapqOWJOCcWIX", false),
        ("BadRequest4", false),
        ("BaDRequest", false),
    ] {
        assert_eq!(is_name(word), expected, "{word}");
    }
}
