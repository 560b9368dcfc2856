//! Where bought codes go: a file of one code a line, or standard output.

use std::io;
use std::path::Path;

use thordata_cdk::CdkCode;
use thordata_cdk_issuer::Order;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::out_file::OutFile;
use crate::output::{Column, Format, Rows, Value, standard};
use crate::secure_fs;
use crate::ui::counted;

/// The columns of a voucher that was bought.
const BOUGHT: [Column; 4] = [
    Column::text("cdk", "CODE").whole(),
    Column::number("traffic", "TRAFFIC"),
    Column::text("label", "LABEL"),
    Column::text("order", "ORDER"),
];

/// Where codes go.
pub(crate) enum Sink {
    File(OutFile),
    Standard(Rows),
}

impl Sink {
    /// Opened before anything is bought, so that a place that takes no codes is found out in time.
    pub(crate) fn open(context: &Context, out: Option<&Path>) -> Result<Self, Failure> {
        match out {
            None => {
                standard::refuse_lost()?;
                Ok(Self::Standard(context.rows(&BOUGHT, Format::Codes)?))
            }
            // Several runs append to a file of codes, so it has one code a line and no other format.
            Some(_)
                if context
                    .global
                    .output
                    .is_some_and(|format| format != Format::Codes) =>
            {
                Err(Failure::usage("a file of codes holds one code a line")
                    .next("leave --output out, or print to standard output instead of --out"))
            }
            Some(path) => OutFile::open(path).map(Self::File),
        }
    }

    /// `, in FILE` for messages.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File(file) => format!(", in {}", secure_fs::from_here(file.path()).display()),
            Self::Standard(_) => String::new(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::File(file) => file.path().display().to_string(),
            Self::Standard(_) => "standard output".to_owned(),
        }
    }

    /// Writes an order's codes. They are safe in the store until the order is acknowledged, so a failure loses
    /// nothing.
    pub(crate) fn deliver(self, order: &Order, codes: &[CdkCode]) -> Result<(), Failure> {
        let name = self.name();
        self.write(order, codes).map_err(|error| {
            let count = counted(codes.len(), "voucher");
            Failure::error(format!("bought {count}, and cannot write to {name}"))
                .why(error.to_string())
                .next(format!(
                    "they are not lost: run `thordata-cdk create --resume {} --out FILE`",
                    order.key
                ))
        })
    }

    fn write(self, order: &Order, codes: &[CdkCode]) -> io::Result<()> {
        match self {
            // Some may be in the file already, from a run that was broken off.
            Self::File(mut file) => file.add(codes),
            Self::Standard(mut rows) => {
                for code in codes {
                    rows.push(vec![
                        Value::Code(code.clone()),
                        Value::Number(order.traffic.as_i64()),
                        Value::maybe(order.label.as_deref()),
                        Value::text(order.key.clone()),
                    ])?;
                }
                // Flushed here, since an error must come before the order is acknowledged.
                rows.finish().map(drop)
            }
        }
    }
}
