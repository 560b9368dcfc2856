//! Starting, stopping, seeds, clocks and resets.

use std::net::TcpListener;
use std::time::Duration;

use thordata_cdk_sandbox::{Clock, Commit, Fault, Operation, Sandbox, StartError, Voucher};

use crate::support::{End, Http, builder, start};

#[tokio::test]
async fn it_serves_a_caller_that_blocks_the_only_thread_of_its_runtime() {
    let sandbox = Sandbox::builder()
        .credentials("tok", "key")
        .start()
        .await
        .unwrap();
    assert_eq!(Http::to(&sandbox).create(1, 1).code(), 200);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_a_runtime_of_many_threads() {
    let sandbox = builder().start().await.unwrap();
    assert_eq!(Http::to(&sandbox).create(1, 1).code(), 200);
}

#[test]
fn its_handle_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Sandbox>();
}

#[test]
fn dropping_it_ends_open_connections_and_frees_the_port() {
    let sandbox = start();
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut idle = Http::to(&sandbox);
    assert_eq!(idle.get("/api/cdk/list").code(), 200);
    drop(sandbox);
    let (text, end) = idle.rest(false);
    assert_eq!(text, "");
    assert_ne!(end, End::Silence);
    assert!(std::net::TcpStream::connect(&address).is_err());
    TcpListener::bind(&address).unwrap();
}

#[tokio::test]
async fn shutting_down_frees_the_port() {
    let sandbox = builder().start().await.unwrap();
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    sandbox.shutdown().await;
    TcpListener::bind(&address).unwrap();
}

#[test]
fn a_taken_port_and_an_unfit_credential_are_refused() {
    let sandbox = start();
    let port: u16 = sandbox
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let error = Sandbox::builder().port(port).start_blocking().unwrap_err();
    assert!(matches!(error, StartError::Bind { port: taken, .. } if taken == port));
    let error = Sandbox::builder()
        .credentials("", "key")
        .start_blocking()
        .unwrap_err();
    assert!(matches!(error, StartError::Credential("token")));
    let error = Sandbox::builder()
        .credentials("tok", "a\nb")
        .start_blocking()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key must be visible ASCII characters, at least one"
    );
}

#[test]
fn a_rate_limit_that_limits_nothing_is_refused() {
    for limit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = builder().rate_limit(Some(limit)).start_blocking();
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("the rate limit must be a number above 0, not {limit}")
        );
    }
}

#[test]
#[should_panic(
    expected = "the rate limit must be a number above 0, or `None` for no limit: Some(0.0)"
)]
fn setting_a_rate_limit_that_limits_nothing_panics() {
    start().set_rate_limit(Some(0.0));
}

#[test]
fn a_seed_fixes_codes_and_credentials_and_without_one_they_differ() {
    let seeded = || Sandbox::builder().seed(7).start_blocking().unwrap();
    let (one, two) = (seeded(), seeded());
    assert_eq!(one.credentials(), two.credentials());
    assert_eq!(one.preload(3, 1), two.preload(3, 1));
    let (one, two) = (
        Sandbox::builder().start_blocking().unwrap(),
        Sandbox::builder().start_blocking().unwrap(),
    );
    assert_ne!(one.credentials(), two.credentials());
    assert_ne!(one.preload(1, 1), two.preload(1, 1));
}

#[test]
fn wrong_answers_do_not_change_the_seeded_codes() {
    let (honest, wrong) = (start(), start());
    wrong.inject(Fault::on(Operation::Create).commit(Commit::No));
    Http::to(&wrong).create(1, 5);
    assert_eq!(
        Http::to(&wrong).create(1, 2).codes(),
        Http::to(&honest).create(1, 2).codes()
    );
}

#[test]
fn a_code_that_is_taken_is_not_inserted_again() {
    let sandbox = start();
    assert!(sandbox.insert(Voucher::new("nozzapqOWJOCcWIX", 3, 1)));
    assert!(!sandbox.insert(Voucher::new("nozzapqOWJOCcWIX", 5, 2)));
    assert_eq!(sandbox.vouchers(), [Voucher::new("nozzapqOWJOCcWIX", 3, 1)]);
}

#[test]
fn a_fixed_clock_moves_only_when_it_is_set_or_advanced() {
    let sandbox = start();
    let mut http = Http::to(&sandbox);
    assert_eq!(
        http.get("/api/cdk/list").header("date"),
        Some("Tue, 27 May 2025 07:53:19 GMT")
    );
    sandbox.advance(Duration::from_secs(90 * 86_400));
    http.create(1, 1);
    assert_eq!(sandbox.vouchers()[0].create_time, 1_756_108_399);
    sandbox.set_now(-5);
    assert_eq!(sandbox.now(), -5);
    let date = http.get("/api/cdk/list").header("date").map(str::to_owned);
    assert_eq!(date.as_deref(), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

#[test]
fn the_default_clock_follows_the_real_one() {
    let real = || {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        i64::try_from(since.as_secs()).unwrap()
    };
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let (before, seen, after) = (real(), sandbox.now(), real());
    assert!((before..=after).contains(&seen));
    sandbox.set_clock(Clock::skewed(-3600));
    assert!(sandbox.now() <= real() - 3600);
}

#[test]
fn a_reset_goes_back_to_the_start() {
    let sandbox = builder().vouchers(2).balance(10).start_blocking().unwrap();
    let at_start = sandbox.vouchers();
    let mut http = Http::to(&sandbox);
    sandbox.inject(Fault::on(Operation::Create).commit(Commit::Held));
    http.create(1, 1);
    http.create(1, 1);
    sandbox.inject(Fault::commit_then_drop(Operation::Any));
    sandbox.set_now(0);
    sandbox.reset();
    assert_eq!(sandbox.vouchers(), at_start);
    assert_eq!((sandbox.balance(), sandbox.now()), (10, 1_748_332_399));
    assert_eq!(
        (sandbox.pending_faults(), sandbox.pending_commits()),
        (0, 0)
    );
    assert!(sandbox.requests().is_empty());
    http.create(1, 1);
    assert_eq!(sandbox.vouchers()[2].request_id, 3);
}
