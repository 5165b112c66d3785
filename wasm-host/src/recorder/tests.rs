//! Estimates, what lives, and bounds.

use super::*;

fn known(allocator: Allocator) -> Known {
    Known { allocator: Some(allocator), frees: true, collections: true, pairs: true }
}

#[test]
fn each_object_is_counted_where_each_is_looked_at() {
    let recorder = Recorder::new(1, Some(known(Allocator::TinyGo)));
    assert_eq!(recorder.first_left(), 0);
    for address in 1..=10 {
        assert_eq!(recorder.allocated(32, address * 100, address * 32, vec![7]), 0);
    }
    assert_eq!(recorder.allocated(8, 5, 328, vec![9, 7]), 0);
    let Recording { stacks, allocated, allocated_bytes, .. } = recorder.recording();
    assert_eq!(stacks[1].offsets, [7]);
    let told = allocated.iter().map(|sum| (sum.stack, sum.objects, sum.bytes)).collect::<Vec<_>>();
    assert_eq!((told, allocated_bytes), (vec![(1, 10.0, 320.0), (2, 1.0, 8.0)], 328));
}

#[test]
fn few_objects_stand_for_all() {
    let mean = 4096;
    let recorder = Recorder::new(mean, Some(known(Allocator::Go)));
    let sizes = [16_u64, 64, 1000, 20_000];
    let (mut left, mut total, mut looks) = (recorder.first_left().cast_signed(), 0, 0_u64);
    for round in 0..200_000_usize {
        let size = sizes[round % sizes.len()];
        total += size;
        left -= size.cast_signed();
        if left < 0 {
            looks += 1;
            left = recorder.allocated(size, 0, total, vec![size as u32]).cast_signed();
        }
    }
    assert!(looks < 100_000, "{looks}");
    let Recording { stacks, allocated, .. } = recorder.recording();
    for sum in allocated {
        let size = f64::from(stacks[sum.stack].offsets[0]);
        assert!((sum.objects / 50_000.0 - 1.0).abs() < 0.15, "{size}: {}", sum.objects);
        assert!((sum.bytes / (50_000.0 * size) - 1.0).abs() < 0.15, "{size}: {}", sum.bytes);
    }
}

#[test]
fn what_lies_in_free_room_does_not_live() {
    let recorder = Recorder::new(1, Some(known(Allocator::TinyGo)));
    for address in [0x1000, 0x1010, 0x1020, 0x1030] {
        recorder.allocated(12, address, address, vec![1]);
    }
    // Two units from the second on, and one far away: of 16 bytes, as their sum says.
    recorder.collecting();
    recorder.free(0x1010, 2);
    recorder.free(0x9000, 1);
    recorder.collected(65536, Found::Free(48), 48);
    let recording = recorder.recording();
    assert_eq!((recording.allocated[0].objects, recording.allocated[0].live_objects), (4.0, 2.0));
    let [collection] = recording.collections[..] else { panic!("one") };
    assert_eq!((collection.live, collection.memory), (65536 - 48, 65536));
    assert_eq!(recording.snapshots[0].bytes, [(1, 24.0)]);
}

#[test]
fn an_allocator_that_calls_another_counts_once() {
    let recorder = Recorder::new(1, Some(known(Allocator::Malloc)));
    // `calloc`, by way of `malloc`.
    recorder.taken(100, 0x10, vec![2, 1]);
    recorder.taken(100, 0x10, vec![1]);
    recorder.taken(50, 0x20, vec![1]);
    recorder.released(0x20);
    recorder.released(0x999);
    let recording = recorder.recording();
    let sums = recording.allocated.iter().map(|sum| (sum.objects, sum.live_bytes)).collect::<Vec<_>>();
    assert_eq!((sums, recording.allocated_bytes), (vec![(2.0, 100.0)], 150));
    let [unreleased] = recording.unreleased[..] else { panic!("one") };
    assert_eq!((unreleased.objects, unreleased.bytes), (1, 100));
    assert_eq!(recording.stacks[unreleased.stack].offsets, [1]);
}

#[test]
fn steps_of_memory_follow_each_other() {
    let recorder = Recorder::new(1, None);
    recorder.has(65536);
    recorder.grew(65536, || panic!("it did not"));
    recorder.grew(131_072, || vec![3]);
    recorder.grew(262_144, || vec![3]);
    let growths = recorder.recording().growths;
    let steps = growths.iter().map(|growth| (growth.from, growth.to)).collect::<Vec<_>>();
    assert_eq!(steps, [(65536, 131_072), (131_072, 262_144)]);
    for pages in 5..100_000 {
        recorder.grew(pages * 65536, || vec![3]);
    }
    let growths = recorder.recording().growths;
    assert_eq!((growths.len(), growths[MOST_GROWTHS - 1].to), (MOST_GROWTHS, 99_999 * 65536));
}

#[test]
fn very_many_stacks_and_collections_take_no_more_memory() {
    let recorder = Recorder::new(1, None);
    for number in 0..100_000 {
        recorder.sample(|| vec![number]);
        recorder.collecting();
        recorder.collected(u64::from(number), Found::Free(0), 0);
    }
    let recording = recorder.recording();
    assert_eq!(recording.stacks.len(), 1 << 16);
    let samples = recording.computed.iter().map(|computed| computed.samples).sum::<u64>();
    assert_eq!(samples, 100_000, "those without a place are counted for the first stack");
    assert_eq!(recording.forgotten_stacks, 100_000 - (1 << 16) + 1);
    let collections = &recording.collections;
    assert!(collections.len() > 500 && collections.len() <= 1024, "{}", collections.len());
    let gaps = collections.windows(2).map(|pair| pair[1].memory - pair[0].memory).collect::<Vec<_>>();
    assert!(gaps[..gaps.len() - 1].iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
    assert_eq!(collections.last().map(|last| last.memory), Some(99_999), "the newest is there");
}

#[test]
fn a_sample_stands_for_the_time_since_the_one_before() {
    let recorder = Recorder::new(1, None);
    recorder.begin();
    let spin = |time: Duration| {
        let until = processor_time::of_this_thread() + time;
        while processor_time::of_this_thread() < until {
            std::hint::spin_loop();
        }
    };
    spin(Duration::from_millis(20));
    // What looking takes is nobody's.
    recorder.sample(|| {
        spin(Duration::from_millis(50));
        vec![1]
    });
    spin(Duration::from_millis(5));
    recorder.end();
    let Recording { computed, unseen, processor, .. } = recorder.recording();
    let [Computed { samples: 1, processor: seen, .. }] = computed[..] else { panic!("{computed:?}") };
    assert!(seen >= Duration::from_millis(20) && seen < Duration::from_millis(50), "{seen:?}");
    assert!(unseen >= Duration::from_millis(5) && unseen < Duration::from_millis(50), "{unseen:?}");
    assert_eq!(processor, seen + unseen);
}
