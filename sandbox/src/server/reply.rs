//! Replies: the vendor's envelope, its failure codes, and the statuses that would fit them.

use axum::http::StatusCode;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::json;

use crate::fault::fault_spec::Answer;
use crate::ledger::refusal::Refusal;
use crate::ledger::voucher::{Voucher, VoucherStatus};

/// What an unknown path was once seen to answer.
const PAGE_NOT_EXISTS: &str = r#"{"ret":404,"code":1,"msg":"page not exists!","ret_data":""}"#;

impl Refusal {
    /// The envelope's `code` and `msg`, as the vendor words them.
    const fn code_and_message(self) -> (i64, &'static str) {
        match self {
            Self::WrongToken => (10013, "sign error"),
            Self::WrongKey => (10014, "apiKey error"),
            // All but the first are guesses: the vendor names no code for them (decision 7).
            Self::Parameter(_)
            | Self::WrongContentType
            | Self::BodyTooLarge
            | Self::UnknownCode
            | Self::AlreadyUsed
            | Self::AlreadyRevoked => (10000, "Parameter error"),
            Self::OverMaxNum => (10012, "exceeding the quantity limit for a single purchase"),
            Self::BalanceTooLow => (10008, "insufficient wallet balance"),
            Self::TooFrequent => (10011, "frequent operations, please try again later"),
            // This sandbox's own use: the vendor does not say which maximum it means.
            Self::LedgerFull => (10019, "exceeding the maximum quantity"),
            Self::StateNotSaved => (500, "the sandbox could not write its state file"),
        }
    }

    /// What the vendor's message leaves out. Goes into the header `x-sandbox-reason`.
    const fn reason(self) -> &'static str {
        match self {
            Self::WrongToken => "the token header is missing or wrong",
            Self::WrongKey => "the key header is missing or wrong",
            Self::Parameter(reason) => reason,
            Self::WrongContentType => "the body is neither a form nor JSON",
            Self::BodyTooLarge => "the body is larger than 64 KiB",
            Self::UnknownCode => "there is no such voucher",
            Self::AlreadyUsed => "the voucher is not unused any more",
            Self::AlreadyRevoked => "the voucher was revoked before",
            Self::OverMaxNum => "num is larger than this sandbox's max_num",
            Self::BalanceTooLow => "flow times num is more than this sandbox's balance",
            Self::TooFrequent => "this sandbox's rate limit is exceeded",
            Self::LedgerFull => "this sandbox holds no more vouchers",
            Self::StateNotSaved => "carried out in memory, but not on disk",
        }
    }

    /// The HTTP status that would fit, for a sandbox that does not hide failures in HTTP 200.
    const fn fitting_status(self) -> StatusCode {
        match self {
            Self::WrongToken | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::Parameter(_) => StatusCode::BAD_REQUEST,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownCode => StatusCode::NOT_FOUND,
            Self::AlreadyUsed | Self::AlreadyRevoked => StatusCode::CONFLICT,
            Self::OverMaxNum | Self::LedgerFull => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BalanceTooLow => StatusCode::PAYMENT_REQUIRED,
            Self::TooFrequent => StatusCode::TOO_MANY_REQUESTS,
            Self::StateNotSaved => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The header that says in a refusal what was wrong.
pub(crate) const REASON: &str = "x-sandbox-reason";

/// A whole reply, before anything goes wrong with it on the wire. The date is added later.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: String::from("application/json"),
            headers: Vec::new(),
            body,
        }
    }

    /// A file that is compiled in.
    pub(crate) fn file(content_type: &str, text: &'static str) -> Self {
        let mut reply = Self::json(StatusCode::OK, text.as_bytes().to_vec());
        reply.content_type = content_type.to_owned();
        reply
    }

    /// `{"code": 200, "data": …, "msg": "ok"}`.
    pub(crate) fn success(data: &impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            code: i64,
            data: &'a T,
            msg: &'static str,
        }
        let envelope = Envelope {
            code: 200,
            data,
            msg: "ok",
        };
        // Writing plain data into memory cannot fail; an empty body would show if it did.
        Self::json(
            StatusCode::OK,
            serde_json::to_vec(&envelope).unwrap_or_default(),
        )
    }

    /// A failure envelope of any code, as HTTP 200. A list's failure carries `[]` as data and any
    /// other `{}`, like the contract's examples.
    pub(crate) fn failure(code: i64, message: &str, is_list: bool) -> Self {
        let data = if is_list { json!([]) } else { json!({}) };
        let envelope = json!({ "code": code, "data": data, "msg": message });
        Self::json(StatusCode::OK, envelope.to_string().into_bytes())
    }

    pub(crate) fn is_refusal(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == REASON)
    }

    /// A refusal: HTTP 200, or the fitting status for `http_failures`.
    pub(crate) fn refusal(refusal: Refusal, is_list: bool, http_failures: bool) -> Self {
        let (code, message) = refusal.code_and_message();
        let mut reply = Self::failure(code, message, is_list);
        reply
            .headers
            .push((String::from(REASON), refusal.reason().to_owned()));
        if http_failures {
            reply.status = refusal.fitting_status();
        }
        reply
    }

    /// The reply that an answer brings with it, whatever the request was.
    pub(crate) fn of_answer(answer: &Answer, is_list: bool) -> Option<Self> {
        match answer {
            Answer::Code { code, msg } => Some(Self::failure(*code, msg, is_list)),
            Answer::Status {
                status,
                content_type,
                body,
                headers,
            } => Some(Self {
                status: StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY),
                content_type: content_type.clone(),
                headers: headers.clone(),
                body: body.clone().into_bytes(),
            }),
            _ => None,
        }
    }

    /// The reply to a request that was not even read.
    pub(crate) fn without_request(answer: &Answer) -> Self {
        Self::of_answer(answer, false).unwrap_or_else(|| Self::success(&json!({})))
    }

    /// The vendor's answer to an unknown path.
    pub(crate) fn page_not_exists() -> Self {
        Self::json(StatusCode::NOT_FOUND, PAGE_NOT_EXISTS.as_bytes().to_vec())
    }

    /// An answer to a body whose framing is wrong, if anybody is still there to read it.
    pub(crate) fn broken_body() -> Self {
        let mut reply = Self::failure(400, "bad request", false);
        reply.status = StatusCode::BAD_REQUEST;
        let reason = String::from("the body broke off, or its chunks are malformed");
        reply.headers.push((String::from(REASON), reason));
        reply
    }

    /// An answer to a method that the path does not have. The router adds `Allow`.
    pub(crate) fn method_not_allowed() -> Self {
        let mut reply = Self::failure(405, "method not allowed", false);
        reply.status = StatusCode::METHOD_NOT_ALLOWED;
        reply
    }
}

/// `data` of a create reply.
#[derive(Serialize)]
pub(crate) struct Created<'a> {
    pub(crate) cdk: &'a [String],
}

/// One voucher of a list reply: the contract's five fields.
#[derive(Serialize)]
struct Item<'a> {
    cdk: &'a str,
    create_time: i64,
    status: VoucherStatus,
    traffic: i64,
    traffic_duration: i64,
}

impl<'a> From<&'a Voucher> for Item<'a> {
    fn from(voucher: &'a Voucher) -> Self {
        Self {
            cdk: &voucher.code,
            create_time: voucher.create_time,
            status: voucher.status,
            traffic: voucher.traffic,
            traffic_duration: voucher.traffic_duration,
        }
    }
}

/// `data` of a list reply: written straight from the ledger, without a copy of it.
pub(crate) struct Listed<'a> {
    pub(crate) vouchers: &'a [Voucher],
    pub(crate) status: Option<VoucherStatus>,
}

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wanted = |voucher: &&Voucher| self.status.is_none_or(|status| status == voucher.status);
        serializer.collect_seq(self.vouchers.iter().filter(wanted).map(Item::from))
    }
}

/// `data` of a details reply.
pub(crate) struct Details<'a>(pub(crate) &'a Voucher);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            item: Item<'a>,
            // A guess: the vendor's example shows both on an unused voucher (decision 5).
            #[serde(skip_serializing_if = "Option::is_none")]
            use_username: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            use_time: Option<i64>,
        }
        let Self(voucher) = self;
        Fields {
            item: Item::from(*voucher),
            use_username: voucher.use_username.as_deref(),
            use_time: voucher.use_time,
        }
        .serialize(serializer)
    }
}
