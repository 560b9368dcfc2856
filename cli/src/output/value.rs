//! One cell of a record, and how each format writes it.

use serde::{Serialize, Serializer};
use thordata_cdk::{Cdk, CdkCode, CdkDetails, CdkStatus};

use super::csv_text;
use crate::time::{Clock, rfc3339};
use crate::ui::printable;

/// A column: its name in JSON, CSV and `--fields` (the contract's, where it has one), and its heading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) heading: &'static str,
    /// Numbers stand on the right.
    pub(crate) right: bool,
    /// Whether a table shows it unasked.
    pub(crate) in_table: bool,
    /// Columns of a higher rank are left out first where there is no room.
    pub(crate) rank: u8,
    /// Whether both ends of a long text suffice.
    pub(crate) may_be_cut: bool,
}

impl Column {
    pub(crate) const fn text(name: &'static str, heading: &'static str) -> Self {
        Self {
            name,
            heading,
            right: false,
            in_table: true,
            rank: 1,
            may_be_cut: true,
        }
    }

    pub(crate) const fn number(name: &'static str, heading: &'static str) -> Self {
        Self {
            name,
            heading,
            right: true,
            in_table: true,
            rank: 1,
            may_be_cut: false,
        }
    }

    /// Left out of tables unless `--fields` names it.
    pub(crate) const fn hidden(self) -> Self {
        Self {
            in_table: false,
            ..self
        }
    }

    pub(crate) const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Never cut: a part of it is worth nothing.
    pub(crate) const fn whole(self) -> Self {
        Self {
            may_be_cut: false,
            ..self
        }
    }
}

/// The cells of one record, in the order of the columns.
pub(crate) type Record = Vec<Value>;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Code(CdkCode),
    Text(String),
    Number(i64),
    Bool(bool),
    /// Unix seconds.
    Time(i64),
    Status(CdkStatus),
    Absent,
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn count(count: impl TryInto<i64>) -> Self {
        Self::Number(count.try_into().unwrap_or(i64::MAX))
    }

    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }

    pub(super) fn for_people(&self, clock: &Clock) -> String {
        match self {
            Self::Code(code) => code.to_string(),
            Self::Text(text) => printable(text),
            Self::Number(number) => number.to_string(),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
            Self::Time(seconds) => clock.minute(*seconds),
            Self::Status(status) => status.to_string(),
            Self::Absent => "-".to_owned(),
        }
    }

    pub(super) fn for_csv(&self) -> String {
        csv_text::escaped(match self {
            Self::Code(code) => code.to_string(),
            Self::Text(text) => printable(text),
            Self::Number(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
            Self::Time(seconds) => rfc3339(*seconds),
            Self::Status(status) => status.to_string(),
            Self::Absent => String::new(),
        })
    }
}

/// As the contract has it: a status is its number, a moment its Unix second.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Code(code) => code.serialize(serializer),
            // Whole, unlike in the other formats: `json_text` escapes what hides.
            Self::Text(text) => text.serialize(serializer),
            Self::Number(number) | Self::Time(number) => number.serialize(serializer),
            Self::Bool(yes) => yes.serialize(serializer),
            Self::Status(status) => status.serialize(serializer),
            Self::Absent => serializer.serialize_none(),
        }
    }
}

/// The columns of a listed voucher, and what the store knows of it.
pub(crate) const VOUCHER: [Column; 8] = [
    Column::text("cdk", "CODE").whole(),
    Column::text("status", "STATUS").whole(),
    Column::number("traffic", "TRAFFIC").rank(2),
    Column::text("create_time", "CREATED").whole().rank(4),
    Column::number("traffic_duration", "DURATION").hidden(),
    Column::text("label", "LABEL").rank(3),
    Column::text("order", "ORDER").hidden(),
    Column::text("customer", "CUSTOMER").hidden(),
];

/// The columns of a voucher that was looked up.
pub(crate) const DETAILS: [Column; 10] = {
    let [
        cdk,
        status,
        traffic,
        created,
        duration,
        label,
        order,
        customer,
    ] = VOUCHER;
    let user = Column::text("use_username", "REDEEMED BY");
    let used = Column::text("use_time", "REDEEMED").whole().rank(2);
    [
        cdk,
        status.rank(4),
        traffic.rank(5),
        created.rank(6),
        duration,
        user,
        used,
        label,
        order,
        customer,
    ]
};

/// What the store knows of a voucher.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) label: Option<String>,
    /// The key of its order.
    pub(crate) order: Option<String>,
    /// Who it was sold to.
    pub(crate) customer: Option<String>,
}

impl Origin {
    fn cells(self) -> [Value; 3] {
        let cell = |text: Option<String>| text.map_or(Value::Absent, Value::Text);
        [cell(self.label), cell(self.order), cell(self.customer)]
    }
}

pub(crate) fn voucher(cdk: Cdk, origin: Origin) -> Record {
    let mut record = vec![
        Value::Code(cdk.cdk),
        Value::Status(cdk.status),
        Value::Number(cdk.traffic.as_i64()),
        Value::Time(cdk.create_time.as_secs()),
        Value::count(cdk.traffic_duration.as_secs()),
    ];
    record.extend(origin.cells());
    record
}

pub(crate) fn details(cdk: &CdkDetails, origin: Origin) -> Record {
    let redemption = cdk.redemption();
    let user = redemption.and_then(|redemption| redemption.username);
    let time = redemption.and_then(|redemption| redemption.time);
    let mut record = vec![
        Value::Code(cdk.cdk.clone()),
        Value::Status(cdk.status),
        Value::Number(cdk.traffic.as_i64()),
        Value::Time(cdk.create_time.as_secs()),
        Value::count(cdk.traffic_duration.as_secs()),
    ];
    record.push(Value::maybe(user));
    record.push(time.map_or(Value::Absent, |time| Value::Time(time.as_secs())));
    record.extend(origin.cells());
    record
}

/// A listed voucher, with what is known of its redemption.
pub(crate) fn redeemed(cdk: Cdk, user: Option<&str>, time: Option<i64>, origin: Origin) -> Record {
    let mut record = voucher(cdk, origin);
    let known = record.split_off(DETAILS_BEFORE_USER);
    record.push(Value::maybe(user));
    record.push(time.map_or(Value::Absent, Value::Time));
    record.extend(known);
    record
}

/// The columns of [`DETAILS`] before the user's name.
const DETAILS_BEFORE_USER: usize = 5;
