#![allow(clippy::arithmetic_side_effects)]

use std::sync::Arc;

use super::*;

fn wait_before_the_next(pacer: &Pacer) -> Duration {
    let next = pacer.state().next.unwrap();
    next.saturating_duration_since(Instant::now())
}

/// As if `served` requests had been served in this time, without a pause.
fn after(pacer: &Pacer, served: u32, elapsed: Duration) -> Permit {
    let permit = pacer.state().depart(Instant::now());
    let mut state = pacer.state();
    (state.began, state.served) = (Instant::now().checked_sub(elapsed), served);
    state.served_since_decrease = served;
    permit
}

#[tokio::test]
async fn no_pace_is_kept_before_the_first_refusal() {
    let pacer = Pacer::new(None, true);
    for _ in 0..1000 {
        pacer.acquire().await;
        pacer.on_success();
    }
    assert_eq!(pacer.state().rate, None);
    assert_eq!(pacer.state().next, None);
}

#[test]
fn the_first_refusal_sets_the_pace_that_was_kept_so_far() {
    let pacer = Pacer::new(None, true);
    let permit = after(&pacer, 100, Duration::from_secs(2));
    pacer.on_throttled(permit);
    let rate = pacer.state().rate.unwrap();
    assert!((49.0..=50.0).contains(&rate), "{rate}");
}

#[test]
fn a_refusal_divides_the_pace_and_what_is_served_adds_to_it() {
    let pacer = Pacer::new(Some(100.0), true);
    let permit = pacer.state().depart(Instant::now());
    pacer.on_throttled(permit);
    let slower = pacer.state().rate.unwrap();
    assert!(slower < 90.0, "{slower}");
    let before = slower;
    for _ in 0..10 {
        pacer.on_success();
    }
    let raised = pacer.state().rate.unwrap() - before;
    let ten_steps = 10.0 * STEP * slower;
    assert!((raised - ten_steps).abs() < 1e-9, "{raised}");
}

#[test]
fn refusals_of_requests_that_left_before_the_decrease_cause_no_other() {
    let pacer = Pacer::new(Some(100.0), true);
    let flight: Vec<Permit> = (0..16)
        .map(|_| pacer.state().depart(Instant::now()))
        .collect();
    pacer.on_throttled(flight[0]);
    let once = pacer.state().rate;
    flight.iter().for_each(|permit| pacer.on_throttled(*permit));
    assert_eq!(pacer.state().rate, once);
}

#[test]
fn the_pace_never_passes_a_ceiling_however_low() {
    for ceiling in [0.01, 0.2, 5.0] {
        let pacer = Pacer::new(Some(ceiling), true);
        let permit = pacer.state().depart(Instant::now());
        let wait = wait_before_the_next(&pacer);
        assert!(wait.as_secs_f64() > 0.99 / ceiling, "{ceiling}: {wait:?}");
        pacer.on_throttled(permit);
        (0..10_000).for_each(|_| pacer.on_success());
        assert!(pacer.state().rate.unwrap() <= ceiling);
    }
    let pacer = Pacer::new(Some(f64::MIN_POSITIVE), true);
    let permit = pacer.state().depart(Instant::now());
    pacer.on_throttled(permit);
    assert!(wait_before_the_next(&pacer) > Duration::from_secs(3500));
}

#[test]
fn a_limit_that_comes_back_after_a_long_time_without_one_is_felt_at_once() {
    let pacer = Pacer::new(None, true);
    let permit = after(&pacer, 100, Duration::from_secs(2));
    pacer.on_throttled(permit);
    (0..20_000).for_each(|_| pacer.on_success());
    let permit = after(&pacer, 20_000, Duration::from_secs(200));
    pacer.on_throttled(permit);
    let rate = pacer.state().rate.unwrap();
    assert!(rate < 800.0, "{rate}");
}

#[test]
fn a_late_request_is_caught_up_only_where_requests_are_close_together() {
    for (rate, interval, next) in [(10.0, 100, 100), (20.0, 50, 50), (100.0, 10, 3)] {
        let pacer = Pacer::new(Some(rate), true);
        let began = Instant::now();
        pacer.state().depart(began);
        let late = began + Duration::from_millis(interval + 7);
        pacer.state().depart(late);
        let wait = pacer.state().next.unwrap() - late;
        assert_eq!(wait, Duration::from_millis(next), "{rate}");
    }
}

#[test]
fn without_learning_a_refusal_changes_nothing() {
    let pacer = Pacer::new(Some(7.0), false);
    let permit = pacer.state().depart(Instant::now());
    pacer.on_throttled(permit);
    pacer.on_success();
    assert_eq!(pacer.state().rate, Some(7.0));
}

#[tokio::test]
async fn waiters_leave_in_the_order_in_which_they_came_and_a_dropped_one_gives_its_place_up() {
    let pacer = Arc::new(Pacer::new(Some(200.0), true));
    pacer.acquire().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let waiters: Vec<_> = (0..10)
        .map(|number| {
            let (pacer, order) = (Arc::clone(&pacer), Arc::clone(&order));
            tokio::spawn(async move {
                pacer.acquire().await;
                order.lock().unwrap().push(number);
            })
        })
        .collect();
    tokio::task::yield_now().await;
    waiters[0].abort();
    waiters[4].abort();
    for waiter in waiters {
        drop(waiter.await);
    }
    assert_eq!(*order.lock().unwrap(), [1, 2, 3, 5, 6, 7, 8, 9]);
}

/// As long ago as `elapsed`, a run began in which `served` requests were served; now one is refused. The rate after it.
fn refused(pacer: &Pacer, served: u32, elapsed: Duration) -> f64 {
    let now = Instant::now();
    let permit = pacer.state().depart(now);
    let mut state = pacer.state();
    (state.began, state.served) = (now.checked_sub(elapsed), served);
    state.served_since_decrease = served;
    drop(state);
    pacer.throttled_at(permit, now);
    pacer.state().rate.unwrap()
}

/// A pacer at this rate, in the search with this share or near the limit.
fn at(rate: f64, search: Option<f64>) -> Pacer {
    let pacer = Pacer::new(None, true);
    let mut state = pacer.state();
    (state.rate, state.search, state.step) = (Some(rate), search, 0.01);
    drop(state);
    pacer
}

#[track_caller]
fn assert_close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left} is not {right}");
}

#[test]
fn the_first_pace_is_what_was_served_in_half_a_second_at_least_and_two_a_second_at_least() {
    let first = |served, ms| refused(&Pacer::new(None, true), served, Duration::from_millis(ms));
    assert_close(first(100, 2000), 50.0);
    // A burst is no rate.
    assert_close(first(100, 10), 200.0);
    assert_close(first(0, 2000), 2.0);
}

#[test]
fn a_refusal_slows_down_most_far_above_the_limit_and_least_near_it() {
    let after = |served, search| refused(&at(100.0, search), served, Duration::from_millis(10));
    assert_close(after(19, Some(0.05)), 72.0);
    assert_close(after(19, None), 72.0);
    assert_close(after(20, Some(0.05)), 91.0);
    assert_close(after(20, None), 93.0);
}

#[test]
fn each_refusal_makes_the_search_more_careful_until_it_ends() {
    let pacer = at(100.0, Some(0.05));
    for share in [0.018, 0.006_48, 0.002_332_8, 0.000_839_808] {
        refused(&pacer, 20, Duration::from_millis(10));
        assert_close(pacer.state().search.unwrap(), share);
    }
    refused(&pacer, 20, Duration::from_millis(10));
    assert_eq!(pacer.state().search, None);
}

#[test]
fn a_served_request_raises_the_pace_by_a_share_in_the_search_and_by_a_step_near_the_limit() {
    let pacer = at(100.0, Some(0.05));
    pacer.on_success();
    assert_close(pacer.state().rate.unwrap(), 105.0);
    let pacer = at(100.0, None);
    refused(&pacer, 20, Duration::from_millis(10));
    pacer.on_success();
    assert_close(pacer.state().rate.unwrap(), 93.0 + 0.0465);
}

#[test]
fn after_500_served_requests_without_a_refusal_the_search_begins_again() {
    let pacer = at(100.0, None);
    pacer.state().step = 0.0;
    (0..500).for_each(|_| pacer.on_success());
    assert_close(pacer.state().rate.unwrap(), 100.0);
    pacer.on_success();
    assert_close(pacer.state().rate.unwrap(), 101.8);
    // And does not begin from its start with each one after that.
    pacer.state().search = Some(0.01);
    pacer.on_success();
    assert_close(pacer.state().rate.unwrap(), 101.8 * 1.01);
}

#[test]
fn a_pace_that_was_never_put_to_the_test_falls_to_eight_times_what_was_served() {
    let after = |served, ms| refused(&at(1000.0, None), served, Duration::from_millis(ms));
    assert_close(after(100, 10_000), 80.0 * 0.93);
    assert_close(after(100, 1000), 800.0 * 0.93);
    // Shorter than a second says nothing.
    assert_close(after(100, 999), 930.0);
}

#[test]
fn a_pause_of_more_than_a_second_begins_another_run() {
    let began = Instant::now();
    for (pause, run_began, served) in [(1000, 0, 1), (1001, 1001, 0)] {
        let pacer = at(100.0, None);
        pacer.state().depart(began);
        pacer.on_success();
        pacer.state().depart(began + Duration::from_millis(pause));
        let state = pacer.state();
        assert_eq!(state.began, Some(began + Duration::from_millis(run_began)));
        assert_eq!(state.served, served, "{pause}");
    }
}

#[test]
fn after_a_refusal_the_next_request_waits_one_interval_of_the_new_pace() {
    let pacer = at(100.0, None);
    let now = Instant::now();
    let permit = pacer.state().depart(now);
    pacer.throttled_at(permit, now);
    assert_close(pacer.state().rate.unwrap(), 72.0);
    assert_eq!(
        pacer.state().next.unwrap() - now,
        Duration::from_secs_f64(1.0 / 72.0)
    );
}
