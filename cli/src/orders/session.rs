//! Where bought vouchers are handed over: codes to their destination, then the ledger, then `ack`.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use indicatif::ProgressBar;
use thordata_cdk::CdkCode;
use thordata_cdk::issue::{IntentId, Issuer, IssuerKind, IssuerOptions, Step};

use crate::context::Context;
use crate::failure::Failure;
use crate::orders::ledger::{CodeKey, Ledger, Order, Progress, Record, Writer};
use crate::output::out_file::OutFile;
use crate::output::{Column, Format, Rows, Value};
use crate::ui::counted;

/// The columns of a voucher that was just bought.
const BOUGHT: [Column; 4] = [
    Column::text("cdk", "CODE"),
    Column::number("traffic", "TRAFFIC"),
    Column::text("label", "LABEL"),
    Column::number("batch", "BATCH"),
];

/// Who else buys, as far as it was declared: for this run, or for the order that is unfinished.
pub(crate) fn kind(unfinished: Option<&Progress>, exclusive: bool) -> IssuerKind {
    // What the order said of the account holds for its recovery.
    if exclusive || unfinished.is_some_and(|progress| progress.order.exclusive) {
        IssuerKind::Exclusive
    } else {
        IssuerKind::Shared
    }
}

/// Where codes go.
pub(crate) enum Sink {
    File(OutFile),
    Standard(Rows),
}

impl Sink {
    pub(crate) fn open(context: &Context, out: Option<&Path>) -> Result<Self, Failure> {
        match out {
            None => Ok(Self::Standard(context.rows(&BOUGHT, Format::Codes)?)),
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

    fn add(&mut self, order: &Order, codes: &[CdkCode], again: bool) -> io::Result<()> {
        match self {
            Self::File(file) => file.add(codes, again),
            Self::Standard(rows) => {
                for code in codes {
                    rows.push(vec![
                        Value::Code(code.clone()),
                        Value::Number(order.traffic),
                        Value::maybe(order.label.as_deref()),
                        Value::count(order.order),
                    ])?;
                }
                rows.flush()
            }
        }
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Standard(rows) => rows.finish().map(drop),
            Self::File(_) => Ok(()),
        }
    }
}

/// The journal and the ledger, open for one run.
pub(crate) struct OrderSession {
    pub(crate) issuer: Issuer,
    pub(crate) ledger: Ledger,
    notes: Arc<Mutex<Notes>>,
    now: i64,
}

/// What is written from inside a purchase.
#[derive(Default)]
struct Notes {
    writer: Option<Writer>,
    order: Option<u64>,
    failed: Option<io::Error>,
}

impl OrderSession {
    /// Takes the journal's lock; whoever holds it may write to the ledger.
    pub(crate) async fn open(
        context: &Context,
        kind: IssuerKind,
        settings: impl FnOnce(IssuerOptions) -> IssuerOptions,
        bar: &ProgressBar,
    ) -> anyhow::Result<Self> {
        let client = context.client()?;
        let folder = context.data()?;
        let notes: Arc<Mutex<Notes>> = Arc::default();
        let options =
            settings(IssuerOptions::new(kind)).observer(observer(Arc::clone(&notes), bar.clone()));
        let issuer = Issuer::open(client, folder.join("journal"), options)
            .await
            .context("the journal of purchases cannot be opened")?;
        let unusable = || format!("the ledger in {} cannot be used", folder.display());
        lock(&notes).writer = Some(Writer::open(&folder).with_context(unusable)?);
        Ok(Self {
            issuer,
            ledger: Ledger::read(&folder).with_context(unusable)?,
            notes,
            now: context.clock.now,
        })
    }

    /// Notes an order before anything is bought for it.
    pub(crate) fn begin(&mut self, order: &Order) -> anyhow::Result<()> {
        self.note(Record::Order(order.clone()))?;
        lock(&self.notes).order = Some(order.order);
        Ok(())
    }

    /// What is bought from now on belongs to this order again.
    pub(crate) fn go_on(&mut self, order: &Order) {
        lock(&self.notes).order = Some(order.order);
    }

    /// Nothing more will be bought for it.
    pub(crate) fn end(&mut self, order: &Order) -> anyhow::Result<()> {
        self.note(Record::End { order: order.order })
    }

    /// Codes to their destination, then the ledger, then `ack`. `again`: they may be there already.
    pub(crate) async fn hand_over(
        &mut self,
        sink: &mut Sink,
        order: &Order,
        intent: IntentId,
        codes: &[CdkCode],
        again: bool,
    ) -> anyhow::Result<()> {
        self.store(sink, order, intent, codes, again)?;
        self.issuer.ack(intent).await?;
        Ok(())
    }

    /// The same without `ack`.
    pub(crate) fn store(
        &mut self,
        sink: &mut Sink,
        order: &Order,
        intent: IntentId,
        codes: &[CdkCode],
        again: bool,
    ) -> anyhow::Result<()> {
        sink.add(order, codes, again).map_err(|error| {
            let place = match sink {
                Sink::File(file) => file.path().display().to_string(),
                Sink::Standard(_) => "standard output".to_owned(),
            };
            let count = counted(codes.len(), "voucher");
            Failure::error(format!("bought {count}, and cannot write to {place}"))
                .why(error.to_string())
                .next("they are not lost: run `thordata-cdk create --resume --out FILE`")
        })?;
        if self.ledger.knows_batch(intent.0) {
            return Ok(());
        }
        self.note(Record::Batch {
            order: order.order,
            intent: intent.0,
            at: self.now,
            cdk: codes.iter().map(|code| CodeKey::of(code).hex()).collect(),
        })
    }

    fn note(&mut self, record: Record) -> anyhow::Result<()> {
        let mut notes = lock(&self.notes);
        let result = match (notes.failed.take(), &mut notes.writer) {
            (Some(error), _) => Err(error),
            (None, Some(writer)) => writer.append(&record),
            (None, None) => Ok(()),
        };
        drop(notes);
        result.context("the ledger of labels cannot be written")?;
        self.ledger.apply(record);
        Ok(())
    }
}

/// Notes which order a purchase belongs to, and tells the progress bar how it goes.
fn observer(notes: Arc<Mutex<Notes>>, bar: ProgressBar) -> impl Fn(Step) + Send + Sync + 'static {
    move |step| match step {
        Step::Intended(id) => {
            let mut notes = lock(&notes);
            let order = notes.order;
            if let (Some(order), Some(writer)) = (order, &mut notes.writer) {
                let intent = Record::Intent {
                    order,
                    intent: id.0,
                };
                notes.failed = writer.append(&intent).err();
            }
        }
        Step::Sending { attempt: 1, .. } => bar.set_message("buying"),
        Step::Sending { attempt, .. } => bar.set_message(format!("refused, attempt {attempt}")),
        Step::Looking { look, .. } => {
            bar.set_message(format!("the answer was lost, looking (list {look})"));
        }
        Step::Recorded(_) => bar.set_message(""),
        _ => {}
    }
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}
