//! A histogram of durations that costs nothing to merge.
//!
//! Bucket `floor(4 * log2(us + 1))`: each is at most 19 % wide, 256 of them reach past any duration, and two histograms are merged by
//! adding, in the tracer, here and in SQL alike. Only buckets that counted are kept.

/// `4 * log2(u64::MAX)` is 256: every duration has a bucket.
pub const BUCKETS: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// (bucket, count), sorted by bucket, no bucket twice, no count of 0.
    counts: Vec<(u8, u64)>,
}

impl Histogram {
    /// From pairs in any order; counts of the same bucket add up.
    pub fn from_counts(pairs: impl IntoIterator<Item = (u8, u64)>) -> Self {
        let mut histogram = Self::default();
        for (bucket, count) in pairs {
            histogram.add(bucket, count);
        }
        histogram
    }

    pub fn record(&mut self, duration_us: u64) {
        self.add(bucket_of(duration_us), 1);
    }

    pub fn add(&mut self, bucket: u8, count: u64) {
        if count == 0 {
            return;
        }
        match self.counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => self.counts[place].1 = self.counts[place].1.saturating_add(count),
            Err(place) => self.counts.insert(place, (bucket, count)),
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.counts {
            self.add(*bucket, *count);
        }
    }

    pub fn counts(&self) -> &[(u8, u64)] {
        &self.counts
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// A duration that the given share (0.95) of all stayed under: the upper edge of its bucket. None if nothing was counted.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let total = self.total();
        // In thousandths, so that no count is rounded.
        let share = u128::from(
            (1..=1000_u16).rfind(|part| f64::from(*part) <= share * 1000.0).unwrap_or(0),
        );
        let wanted =
            u64::try_from((u128::from(total) * share).div_ceil(1000)).unwrap_or(total).max(1);
        let mut seen = 0_u64;
        self.counts.iter().find_map(|(bucket, count)| {
            seen = seen.saturating_add(*count);
            (seen >= wanted).then(|| upper_us(*bucket))
        })
    }
}

/// `floor(4 * log2(us + 1))` in whole numbers, so that it is the same on every machine: the highest bit gives the octave, and the
/// value is compared with the three edges inside it.
pub fn bucket_of(duration_us: u64) -> u8 {
    let value = u128::from(duration_us) + 1;
    let octave = value.ilog2();
    // value^4 / 2^(4*octave) lies in [1, 16): its octave is the quarter. The mantissa is cut to 30 bits, below any edge's gap.
    let mantissa = if octave > 30 { value >> (octave - 30) } else { value << (30 - octave) };
    let fourth = (mantissa * mantissa) * (mantissa * mantissa);
    let quarter = fourth.ilog2() - 120;
    u8::try_from(octave * 4 + quarter).unwrap_or(u8::MAX)
}

/// The largest duration of a bucket.
pub fn upper_us(bucket: u8) -> u64 {
    // The largest value whose bucket is not above this one; 64 halvings find it.
    let (mut low, mut high) = (0_u64, u64::MAX);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if bucket_of(middle) <= bucket {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_bucket_is_four_times_the_logarithm(us in 0_u64..1 << 48) {
            let whole = u32::try_from((us + 1) >> 16).unwrap_or(u32::MAX);
            let rest = u16::try_from((us + 1) & 0xFFFF).unwrap_or(u16::MAX);
            let exact = 4.0 * (f64::from(whole) * 65_536.0 + f64::from(rest)).log2();
            let off = exact - f64::from(bucket_of(us));
            prop_assert!((-1e-6..1.0 + 1e-6).contains(&off), "{us}: {exact}");
        }

        #[test]
        fn a_longer_duration_is_never_in_a_lower_bucket(one in any::<u64>(), other in any::<u64>()) {
            let (short, long) = (one.min(other), one.max(other));
            prop_assert!(bucket_of(short) <= bucket_of(long));
        }

        #[test]
        fn merging_is_recording_all(one in prop::collection::vec(0_u64..1 << 40, 0..50), other in prop::collection::vec(0_u64..1 << 40, 0..50)) {
            let record = |all: &[u64]| {
                let mut histogram = Histogram::default();
                for us in all {
                    histogram.record(*us);
                }
                histogram
            };
            let mut merged = record(&one);
            merged.merge(&record(&other));
            prop_assert_eq!(merged, record(&[one, other].concat()));
        }
    }

    #[test]
    fn the_edges_are_where_they_are_said_to_be() {
        assert_eq!([0, 1, 3, 7, 15].map(bucket_of), [0, 4, 8, 12, 16]);
        assert_eq!(bucket_of(u64::MAX), u8::MAX);
    }

    #[test]
    fn a_quantile_is_within_a_fifth() {
        let mut histogram = Histogram::default();
        for us in 1..=1000 {
            histogram.record(us);
        }
        for bucket in 0..=u8::MAX {
            assert!(bucket_of(upper_us(bucket)) <= bucket);
        }
        let p95 = histogram.quantile_us(0.95).unwrap_or(0);
        assert!((950..=1130).contains(&p95), "{p95}");
        assert_eq!(Histogram::default().quantile_us(0.95), None);
    }
}
