//! Processes that are killed at each step, futures that are dropped, and two that want one journal.
//!
//! The child process is this test binary again, started to run the ignored test [`child`] alone.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use thordata_cdk::Client;
use thordata_cdk::Credentials;
use thordata_cdk::issue::{IssueError, Issued, Issuer, IssuerKind, IssuerOptions, Step, Verdict};
use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox};
use tokio::task::spawn_blocking;

use super::bench::{Bench, ORDER, builder, names, sorted};

const STEPS: [&str; 7] = [
    "baseline",
    "intended",
    "sending",
    "sending again",
    "answered",
    "looking",
    "recorded",
];

fn name(step: Step) -> &'static str {
    match step {
        Step::Baseline => "baseline",
        Step::Intended(_) => "intended",
        Step::Sending { attempt: 1, .. } => "sending",
        Step::Sending { .. } => "sending again",
        Step::Answered(_) => "answered",
        Step::Looking { .. } => "looking",
        Step::Recorded(_) => "recorded",
        _ => "another",
    }
}

fn options() -> IssuerOptions {
    let window = std::time::Duration::from_millis(200);
    let first_look = std::time::Duration::from_millis(2);
    IssuerOptions::new(IssuerKind::Exclusive)
        .window(window)
        .first_look(first_look)
}

/// Runs in the child process: buys once, and dies at the step that the parent names.
#[tokio::test]
#[ignore = "run by the tests of this file, in a process of its own"]
async fn child() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let client = Client::builder(Credentials::from_env().unwrap())
        .base_url(variable("CHILD_BASE_URL"))
        .build()
        .unwrap();
    let dies_at = variable("CHILD_DIES_AT");
    let options = options().observer(move |step| {
        if name(step) == dies_at {
            let pid = std::process::id().to_string();
            Command::new("kill").args(["-9", &pid]).status().unwrap();
            std::thread::park(); // until the signal arrives
        }
    });
    let issuer = Issuer::open(client, variable("CHILD_JOURNAL"), options)
        .await
        .unwrap();
    println!("\nopen");
    std::io::stdout().flush().unwrap();
    if variable("CHILD_DIES_AT") == "never" {
        std::io::stdin()
            .lock()
            .read_line(&mut String::new())
            .unwrap();
        return;
    }
    let _ = issuer.issue(ORDER).await;
}

fn start(sandbox: &Sandbox, journal: &Path, dies_at: &str) -> Child {
    let secrets = sandbox.credentials();
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "faults::crash::child",
            "--nocapture",
        ])
        .env("THORDATA_PUBLIC_TOKEN", &secrets.token)
        .env("THORDATA_PUBLIC_KEY", &secrets.key)
        .env("CHILD_BASE_URL", sandbox.base_url())
        .env("CHILD_JOURNAL", journal)
        .env("CHILD_DIES_AT", dies_at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the child has the journal open.
fn wait_until_open(child: &mut Child) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(
        lines.map_while(Result::ok).any(|line| line == "open"),
        "the child did not open it"
    );
}

async fn recover(sandbox: &Sandbox, journal: &Path) -> (Issuer, Vec<Issued>) {
    let client = builder(sandbox).build().unwrap();
    let issuer = Issuer::open(client, journal, options()).await.unwrap();
    let found = issuer.recover().await.unwrap();
    (issuer, found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_at_any_step_loses_nothing_and_buys_nothing_twice() {
    for lost_answer in [false, true] {
        for step in STEPS {
            let sandbox = Sandbox::builder().vouchers(2).start().await.unwrap();
            let folder = tempfile::tempdir().unwrap();
            let journal = folder.path().join("journal");
            if step == "sending again" {
                sandbox.inject(Fault::refuse(Operation::Create, 10011, "too frequent"));
            }
            if lost_answer {
                sandbox.inject(Fault::commit_then_drop(Operation::Create));
            }
            let mut process = start(&sandbox, &journal, step);
            let status = spawn_blocking(move || process.wait().unwrap())
                .await
                .unwrap();
            let died = !status.success();
            assert_eq!(died, lost_answer || step != "looking", "{step}: {status}");

            let (issuer, found) = recover(&sandbox, &journal).await;
            let vouchers = sandbox.vouchers();
            let bought: Vec<String> = vouchers
                .into_iter()
                .filter(|v| v.request_id > 0)
                .map(|v| v.code)
                .collect();
            let reported: Vec<String> = found
                .iter()
                .flat_map(|issued| names(&issued.verdict))
                .collect();
            assert_eq!(
                sorted(reported),
                sorted(bought.clone()),
                "{step}, answer lost: {lost_answer}"
            );
            assert!(bought.len() <= 3, "{step}: bought twice");
            assert!(issuer.orphans().await.unwrap().is_empty(), "{step}");
            for issued in &found {
                match (&issued.verdict, step) {
                    (Verdict::Created { .. } | Verdict::Recovered { .. }, _) => {}
                    (Verdict::NotObserved { .. }, "intended" | "sending" | "sending again") => {
                        continue;
                    }
                    (other, _) => panic!("{step}: {other}"),
                }
                issuer.ack(issued.id).await.unwrap();
            }
            assert!(
                issuer.recover().await.unwrap().is_empty(),
                "{step}: acknowledged"
            );
            assert!(
                issuer.issue(ORDER).await.unwrap().is_complete(),
                "{step}: it can buy again"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_locked_out_until_the_first_ends() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut process = start(&sandbox, &journal, "never");
    let mut process = spawn_blocking(move || {
        wait_until_open(&mut process);
        process
    })
    .await
    .unwrap();

    let client = builder(&sandbox).build().unwrap();
    let error = Issuer::open(client.clone(), &journal, options())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            IssueError::Journal(thordata_cdk::issue::JournalError::Locked)
        ),
        "{error}"
    );
    process.stdin.take().unwrap().write_all(b"\n").unwrap();
    spawn_blocking(move || process.wait().unwrap())
        .await
        .unwrap();
    Issuer::open(client, &journal, options()).await.unwrap();
}

#[tokio::test]
async fn two_tasks_on_one_issuer_take_turns() {
    let bench = Bench::new(IssuerKind::Exclusive).await;
    let (first, second) = tokio::join!(bench.issue(), bench.issue());
    assert!(first.is_complete() && second.is_complete());
    assert_ne!(first.id, second.id);
    assert_eq!(bench.posts(), 2);
    bench.check(&[&first, &second]).await;
}

#[tokio::test]
async fn a_purchase_whose_future_is_dropped_goes_on_and_is_handed_over_by_recover() {
    let bench = Bench::new(IssuerKind::Shared).await;
    bench.inject(
        Fault::on(Operation::Create)
            .commit(Commit::Yes)
            .answer(Answer::Normal),
    );
    let mut future = Box::pin(bench.issuer.issue(ORDER));
    // Polled until its request has come in, and then dropped.
    while bench.posts() == 0 {
        tokio::select! {
            biased;
            _ = &mut future => break,
            () = tokio::task::yield_now() => {}
        }
    }
    drop(future);
    let found = bench.issuer.recover().await.unwrap();
    let [issued] = found.as_slice() else {
        panic!("{} orders", found.len())
    };
    assert!(
        matches!(issued.verdict, Verdict::Created { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(names(&issued.verdict), sorted(bench.created()));
    assert_eq!(bench.posts(), 1);
}

#[tokio::test]
async fn codes_that_were_never_acknowledged_are_handed_over_again_under_the_same_id() {
    let bench = Bench::new(IssuerKind::Shared).await;
    let issued = bench.issue().await;
    let bench = bench.reopen().await;

    let blocked = bench.issuer.issue(ORDER).await.unwrap_err();
    assert!(
        matches!(blocked, IssueError::Blocked { id, .. } if id == issued.id),
        "{blocked}"
    );
    let again = bench.issuer.recover().await.unwrap();
    assert_eq!(again[0].id, issued.id);
    assert_eq!(names(&again[0].verdict), names(&issued.verdict));
    bench.issuer.ack(issued.id).await.unwrap();

    let bench = bench.reopen().await;
    assert!(bench.issuer.recover().await.unwrap().is_empty());
    assert!(bench.issue().await.is_complete());
}

#[tokio::test]
async fn a_large_order_is_bought_in_parts_and_stops_at_the_first_that_is_not_complete() {
    let bench = Bench::new(IssuerKind::Shared).await;
    let folder = tempfile::tempdir().unwrap();
    let options = options().max_count(4);
    let path = folder.path().join("journal");
    let issuer = Issuer::open(bench.client.clone(), path, options)
        .await
        .unwrap();
    let order = thordata_cdk::NewCdks { count: 10, ..ORDER };
    let too_large = issuer.issue(order).await.unwrap_err();
    assert!(matches!(too_large, IssueError::Client(_)), "{too_large}");

    let mut parts = issuer.issue_all(order).unwrap();
    let mut counts = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.unwrap();
        counts.push(part.codes().len());
        issuer.ack(part.id).await.unwrap();
    }
    assert_eq!(counts, [4, 4, 2]);

    bench.inject(Fault::on(Operation::Create).skip(1).answer(Answer::Code {
        code: 10008,
        msg: String::new(),
    }));
    let mut parts = issuer.issue_all(order).unwrap();
    assert!(parts.next().await.unwrap().unwrap().is_complete());
    let second = parts.next().await.unwrap().unwrap();
    assert!(
        matches!(second.verdict, Verdict::Rejected { .. }),
        "{}",
        second.verdict
    );
    assert!(parts.next().await.is_none());
    assert_eq!(parts.left(), 0);
}
