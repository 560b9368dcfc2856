//! The features `jiff`, `chrono` and `time`, and amounts.

use thordata_cdk::{OutOfRange, Timestamp, Traffic, TrafficDuration};

/// The `create_time` of the vendor's list page.
const AT: Timestamp = Timestamp(1_748_332_399);

#[test]
fn a_timestamp_converts_to_jiff_and_back() {
    let at = jiff::Timestamp::try_from(AT).unwrap();
    assert_eq!(at.to_string(), "2025-05-27T07:53:19Z");
    let later = jiff::Timestamp::new(1_748_332_399, 999_999_999).unwrap();
    assert_eq!(Timestamp::from(later), AT);
    assert!(jiff::Timestamp::try_from(Timestamp(i64::MAX)).is_err());
}

#[test]
fn a_timestamp_converts_to_chrono_and_back() {
    let at = chrono::DateTime::<chrono::Utc>::try_from(AT).unwrap();
    assert_eq!(at.to_string(), "2025-05-27 07:53:19 UTC");
    let later = chrono::DateTime::from_timestamp(1_748_332_399, 999_999_999).unwrap();
    assert_eq!(Timestamp::from(later), AT);
    let never = chrono::DateTime::<chrono::Utc>::try_from(Timestamp(i64::MAX));
    assert_eq!(never, Err(OutOfRange));
}

#[test]
fn a_timestamp_converts_to_time_and_back() {
    let at = time::OffsetDateTime::try_from(AT).unwrap();
    assert_eq!(
        (at.year(), at.ordinal(), at.hour(), at.minute(), at.second()),
        (2025, 147, 7, 53, 19)
    );
    let later = at.replace_nanosecond(999_999_999).unwrap();
    assert_eq!(Timestamp::from(later), AT);
    assert!(time::OffsetDateTime::try_from(Timestamp(i64::MAX)).is_err());
}

#[test]
fn a_validity_goes_to_the_standard_duration_that_the_time_crates_take() {
    let duration = TrafficDuration(7_776_000).as_duration();
    assert_eq!(duration.as_secs(), 90 * 86_400);
    let jiff = jiff::SignedDuration::try_from(duration).unwrap();
    assert_eq!(jiff.as_hours(), 2160);
    assert_eq!(
        chrono::TimeDelta::from_std(duration).unwrap().num_days(),
        90
    );
    assert_eq!(time::Duration::try_from(duration).unwrap().whole_days(), 90);
}

#[test]
fn traffic_adds_up_with_itself_and_never_wraps() {
    assert_eq!(Traffic(3).checked_add(Traffic(4)), Some(Traffic(7)));
    assert_eq!(Traffic(3).checked_sub(Traffic(4)), Some(Traffic(-1)));
    assert_eq!(Traffic(3).checked_mul(100), Some(Traffic(300)));
    assert_eq!(Traffic::checked_sum([]), Some(Traffic(0)));
    let most = Traffic(i64::MAX);
    assert_eq!(most.checked_add(Traffic(1)), None);
    assert_eq!(Traffic(i64::MIN).checked_sub(Traffic(1)), None);
    assert_eq!(most.checked_mul(2), None);
    assert_eq!(Traffic::checked_sum([most, Traffic(1), Traffic(-1)]), None);
}
