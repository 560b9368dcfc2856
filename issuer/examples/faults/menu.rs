//! What can happen to a purchase, and to the lists that look for it.

use std::time::Duration;

use fastrand::Rng;
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation, Read};

/// One thing that happens to a purchase.
pub(crate) struct Mishap {
    pub(crate) name: &'static str,
    pub(crate) faults: fn(&mut Rng) -> Vec<Fault>,
}

const fn mishap(name: &'static str, faults: fn(&mut Rng) -> Vec<Fault>) -> Mishap {
    Mishap { name, faults }
}

fn create() -> Fault {
    Fault::on(Operation::Create)
}

/// Carried out or not, by chance.
fn perhaps(rng: &mut Rng) -> Commit {
    if rng.bool() { Commit::Yes } else { Commit::No }
}

fn page(status: u16, headers: &[(&str, &str)]) -> Answer {
    Answer::Status {
        status,
        content_type: "text/html".into(),
        body: "<html><h1>gateway</h1></html>".into(),
        headers: headers
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    }
}

fn code(code: i64) -> Answer {
    Answer::Code {
        code,
        msg: "not now".into(),
    }
}

pub(crate) const MISHAPS: &[Mishap] = &[
    mishap("reset before reading", |_| {
        vec![
            create()
                .read(Read::Nothing)
                .commit(Commit::No)
                .answer(Answer::Reset),
        ]
    }),
    mishap("closed before reading", |_| {
        vec![
            create()
                .read(Read::Nothing)
                .commit(Commit::No)
                .answer(Answer::Close),
        ]
    }),
    mishap("reset after the head", |_| {
        vec![
            create()
                .read(Read::Head)
                .commit(Commit::No)
                .answer(Answer::Reset),
        ]
    }),
    mishap("closed after half the body", |_| {
        vec![
            create()
                .read(Read::Half)
                .commit(Commit::No)
                .answer(Answer::Close),
        ]
    }),
    mishap("closed after all", |rng| {
        vec![create().commit(perhaps(rng)).answer(Answer::Close)]
    }),
    mishap("reset after all", |rng| {
        vec![create().commit(perhaps(rng)).answer(Answer::Reset)]
    }),
    mishap("no answer", |rng| {
        vec![create().commit(perhaps(rng)).answer(Answer::Hang(None))]
    }),
    mishap("half a status line", |rng| {
        vec![create().commit(perhaps(rng)).answer(Answer::HalfStatusLine)]
    }),
    mishap("half the headers", |rng| {
        vec![create().commit(perhaps(rng)).answer(Answer::HalfHeaders)]
    }),
    mishap("garbage for a status line", |rng| {
        vec![
            create()
                .commit(perhaps(rng))
                .answer(Answer::GarbageStatusLine),
        ]
    }),
    mishap("103 and no answer", |rng| {
        vec![
            create()
                .commit(perhaps(rng))
                .answer(Answer::Informational103),
        ]
    }),
    mishap("half a body", |rng| {
        let then = [AfterReply::Close, AfterReply::Reset, AfterReply::Hang][rng.usize(..3)];
        vec![
            create()
                .commit(Commit::Yes)
                .answer(Answer::HalfBody)
                .then(then),
        ]
    }),
    mishap("wrong Content-Length", |_| {
        vec![
            create()
                .commit(Commit::Yes)
                .answer(Answer::WrongContentLength(9999))
                .then(AfterReply::Close),
        ]
    }),
    mishap("chunks cut short", |_| {
        vec![
            create()
                .commit(Commit::Yes)
                .answer(Answer::ChunkedTruncated)
                .then(AfterReply::Close),
        ]
    }),
    mishap("last chunk missing", |_| {
        vec![
            create()
                .commit(Commit::Yes)
                .answer(Answer::ChunkedUnended)
                .then(AfterReply::Close),
        ]
    }),
    mishap("cut without a sign", |_| {
        vec![
            create()
                .commit(Commit::Yes)
                .answer(Answer::CloseDelimitedTruncated),
        ]
    }),
    mishap("HTML with 200", |rng| {
        vec![create().commit(perhaps(rng)).answer(page(200, &[]))]
    }),
    mishap("HTML with 5xx or 408", |rng| {
        let status = [500, 502, 503, 504, 408][rng.usize(..5)];
        vec![create().commit(perhaps(rng)).answer(page(status, &[]))]
    }),
    mishap("redirect to nowhere", |rng| {
        let nowhere = [("Location", "http://127.0.0.1:9/")];
        let status = [302, 307, 308][rng.usize(..3)];
        vec![create().commit(perhaps(rng)).answer(page(status, &nowhere))]
    }),
    mishap("10011, once", |_| {
        vec![create().commit(Commit::No).answer(code(10011))]
    }),
    mishap("429, once", |_| {
        vec![
            create()
                .commit(Commit::No)
                .answer(page(429, &[("Retry-After", "0")])),
        ]
    }),
    mishap("10011, always", |_| {
        vec![create().times(9).commit(Commit::No).answer(code(10011))]
    }),
    mishap("10008", |_| {
        vec![create().commit(Commit::No).answer(code(10008))]
    }),
    mishap("10009", |rng| {
        vec![create().commit(perhaps(rng)).answer(code(10009))]
    }),
    mishap("an unknown code", |rng| {
        vec![create().commit(perhaps(rng)).answer(code(77_777))]
    }),
    mishap("committed some lists later", |rng| {
        vec![
            create()
                .commit(Commit::AfterLists(rng.u32(1..5)))
                .answer(Answer::Close),
        ]
    }),
    mishap("committed after the window", |_| {
        vec![create().commit(Commit::Held).answer(Answer::Reset)]
    }),
    mishap("two copies", |rng| {
        let answer = if rng.bool() {
            Answer::Normal
        } else {
            Answer::Close
        };
        vec![create().commit(Commit::Twice).answer(answer)]
    }),
    mishap("only some committed", |rng| {
        let answer = if rng.bool() {
            Answer::Normal
        } else {
            Answer::Close
        };
        vec![create().commit(Commit::Some(rng.u32(0..3))).answer(answer)]
    }),
    mishap("committed one by one", |_| {
        vec![create().commit(Commit::PerList(1)).answer(Answer::Close)]
    }),
    mishap("fewer codes named", |_| {
        vec![create().answer(Answer::FewerCodes(1))]
    }),
    mishap("more codes named", |_| {
        vec![create().answer(Answer::MoreCodes(1))]
    }),
    mishap("codes named twice", |_| {
        vec![create().answer(Answer::DuplicateCodes)]
    }),
    mishap("success without codes", |rng| {
        let answers = [
            Answer::EmptyData,
            Answer::NullData,
            Answer::NoData,
            Answer::EmptyList,
        ];
        let answer = answers[rng.usize(..4)].clone();
        vec![create().commit(Commit::Yes).answer(answer)]
    }),
];

/// What may happen to a list at the same time.
pub(crate) fn list_mishap(rng: &mut Rng) -> Fault {
    let list = Fault::on(Operation::List)
        .skip(rng.u32(0..4))
        .times(rng.u32(1..4));
    match rng.u8(0..8) {
        0 => list.answer(Answer::StaleByNewest(rng.u32(1..6))),
        1 => list.answer(Answer::ShrunkByOldest(rng.u32(1..3))),
        2 => list.answer(Answer::EmptyList),
        3 => list.answer(Answer::EmptyData),
        4 => list.answer(code(10011)),
        5 => list.answer(page(502, &[])),
        6 => list.answer(Answer::HalfBody).then(AfterReply::Close),
        _ => list.latency(Duration::from_millis(rng.u64(1..20))),
    }
}
