//! The contract's table of error codes against [`ErrorCode`], both ways, and what each means.

use thordata_cdk::{Error, ErrorCode, OPENAPI, Outcome};

use crate::support::{ORDER, Server, builder, code, json};

const CODES: [(i64, ErrorCode); 22] = [
    (10000, ErrorCode::ParameterError),
    (10001, ErrorCode::DurationError),
    (10002, ErrorCode::RegionInfoError),
    (10003, ErrorCode::NumberError),
    (10004, ErrorCode::RegionError),
    (10005, ErrorCode::InsufficientQuantity),
    (10006, ErrorCode::PriceError),
    (10007, ErrorCode::IpNotRenewable),
    (10008, ErrorCode::InsufficientBalance),
    (10009, ErrorCode::PurchaseFailed),
    (10010, ErrorCode::IpNotFound),
    (10011, ErrorCode::TooFrequent),
    (10012, ErrorCode::QuantityLimit),
    (10013, ErrorCode::SignError),
    (10014, ErrorCode::ApiKeyError),
    (10015, ErrorCode::SubAccountName),
    (10016, ErrorCode::SubAccountPassword),
    (10017, ErrorCode::RechargeFirst),
    (10018, ErrorCode::UserNameTaken),
    (10019, ErrorCode::MaximumQuantity),
    (10020, ErrorCode::UserNameNotFound),
    (10021, ErrorCode::QueryTooOld),
];

/// Code, kind and what the code proves, of each row of the contract's tables.
fn rows() -> Vec<(i64, &'static str, Outcome)> {
    let rows = OPENAPI.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim().split('|').map(str::trim).collect();
        let [_, code, _, kind, carried_out, _] = cells.as_slice() else {
            return None;
        };
        let outcome = match *carried_out {
            "no" => Outcome::NotApplied,
            "unknown" => Outcome::Unknown,
            _ => return None,
        };
        Some((code.parse().ok()?, *kind, outcome))
    });
    rows.collect()
}

#[test]
fn the_table_has_22_rows_and_each_has_its_variant() {
    let numbers: Vec<i64> = rows().iter().map(|(code, ..)| *code).collect();
    let (vendors, like_http) = numbers.split_at(22);
    assert_eq!(vendors, CODES.map(|(number, _)| number));
    assert_eq!(
        like_http,
        [300, 400, 401, 402, 403, 404, 422, 429, 500, 502, 503, 504]
    );
    for (number, code) in CODES {
        assert_eq!(ErrorCode::from(number), code);
        assert_eq!(code.as_i64(), number);
        let start = format!("{number} (");
        assert!(code.to_string().starts_with(&start), "{code}");
    }
}

#[test]
fn no_other_number_has_a_variant() {
    for number in (-1..1000).chain(9_000..11_000) {
        if !CODES.iter().any(|(known, _)| *known == number) {
            assert_eq!(ErrorCode::from(number), ErrorCode::Other(number));
            assert_eq!(ErrorCode::Other(number).as_i64(), number);
        }
    }
    assert_eq!(ErrorCode::Other(300).to_string(), "code 300");
}

/// `create` and `get`, answered with this payload code.
async fn answered(number: i64) -> [Error; 2] {
    let body = format!(r#"{{"code":{number},"data":{{}},"msg":"m"}}"#);
    let server = Server::start([json(200, &body), json(200, &body)]).await;
    let client = builder(&server.base_url)
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    [
        client.create(ORDER).await.unwrap_err(),
        client.get(&code()).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn each_row_proves_what_it_says_and_its_kind_is_what_the_predicates_say() {
    for (number, kind, expected) in rows() {
        let [created, got] = answered(number).await;
        assert_eq!(created.outcome(), expected, "{number}");
        assert_eq!(got.outcome(), Outcome::NotApplied, "{number}");
        for error in [created, got] {
            assert_eq!(error.api_code().unwrap().as_i64(), number);
            assert_eq!(error.is_auth(), kind == "authentication", "{number}");
            assert_eq!(error.is_rate_limited(), kind == "rate limited", "{number}");
            let funds = kind == "insufficient funds";
            assert_eq!(error.is_insufficient_funds(), funds, "{number}");
            assert_eq!(error.is_batch_too_large(), number == 10012, "{number}");
            let open = error.outcome() == Outcome::Unknown;
            assert_eq!(error.may_have_executed(), open, "{number}");
        }
    }
}

#[tokio::test]
async fn http_like_codes_are_refusals_from_400_to_404_and_422_and_429() {
    let refusals = [400, 401, 402, 403, 404, 422, 429];
    let open = [0, 1, 100, 300, 408, 500, 502, 503, 504, 9_999, 10_022, -1];
    for (numbers, outcome) in [
        (refusals.as_slice(), Outcome::NotApplied),
        (open.as_slice(), Outcome::Unknown),
    ] {
        for number in numbers {
            let [created, got] = answered(*number).await;
            assert_eq!(created.api_code(), Some(ErrorCode::Other(*number)));
            assert_eq!(created.outcome(), outcome, "{number}");
            assert_eq!(got.outcome(), Outcome::NotApplied, "{number}");
            assert_eq!(created.is_auth(), [401, 403].contains(number), "{number}");
            assert_eq!(created.is_rate_limited(), *number == 429, "{number}");
            assert_eq!(created.is_insufficient_funds(), *number == 402, "{number}");
        }
    }
}
