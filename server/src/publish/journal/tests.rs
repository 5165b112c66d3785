//! Journals that were cut, changed, outgrown and opened twice.

use super::*;

fn remembered(sequence: u64) -> Remembered {
    let mut remembered = Remembered::default();
    remembered.sequence = sequence;
    remembered
}

/// Numbers of the events and the sequence of "app" after a start.
fn start(folder: &Path) -> (Journal, Epoch, Vec<u64>, u64) {
    let (journal, known) = Journal::open(folder).unwrap();
    let numbers = known.events.iter().map(|(number, _)| *number).collect();
    (journal, known.epoch, numbers, known.ledger.program("app").sequence)
}

#[test]
fn a_file_that_was_cut_anywhere_is_read_up_to_its_last_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, epoch, ..) = start(folder.path());
    for number in 1..=5 {
        journal.event(number, "{}");
        journal.remember("app", &remembered(number));
    }
    drop(journal);
    let path = folder.path().join(CURRENT);
    let bytes = fs::read(&path).unwrap();
    let mut before = (0, 0);
    for length in 0..=bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let (journal, now, numbers, sequence) = start(folder.path());
        let count = numbers.len() as u64;
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
        if count > 0 {
            assert_eq!(now, epoch);
        }
        assert!(count >= before.0 && sequence >= before.1 && sequence <= count, "{length}");
        before = (count, sequence);
        // What is added after that is found again.
        journal.event(count + 1, "[]");
        drop(journal);
        assert_eq!(start(folder.path()).2.len() as u64, count + 1, "{length}");
    }
    assert_eq!(before, (5, 5));
}

#[test]
fn a_server_that_is_killed_between_two_files_goes_on_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, epoch, ..) = start(folder.path());
    journal.remember("app", &remembered(7));
    drop(journal);
    for number in 1..=3 {
        fs::rename(folder.path().join(CURRENT), folder.path().join(PREVIOUS)).unwrap();
        let (journal, now, _, sequence) = start(folder.path());
        assert_eq!((now, sequence), (epoch, 7), "{number}");
        journal.event(number, "{}");
    }
}

#[test]
fn a_byte_that_was_changed_ends_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, ..) = start(folder.path());
    for number in 1..=3 {
        journal.event(number, "{}");
    }
    drop(journal);
    let path = folder.path().join(CURRENT);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(start(folder.path()).2, [1, 2]);
}

#[test]
fn old_files_go_and_what_programs_stand_for_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, epoch, ..) = start(folder.path());
    journal.remember("app", &remembered(7));
    let json = "x".repeat(100_000);
    let count = 3 * FILE / 100_000;
    for number in 1..=count {
        journal.event(number, &json);
    }
    drop(journal);
    let size: u64 =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 2 * FILE + (1 << 20), "{size}");
    let (_journal, now, numbers, sequence) = start(folder.path());
    assert_eq!((now, sequence), (epoch, 7));
    assert_eq!(numbers.last(), Some(&count));
    assert!(numbers.len() > 40 && numbers[0] > 1, "{}", numbers.len());
}

#[test]
fn a_second_server_of_the_project_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, epoch, ..) = start(folder.path());
    journal.event(1, "{}");
    let (second, other, numbers, _) = start(folder.path());
    assert!(other != epoch && numbers.is_empty());
    second.event(1, "[]");
    drop((journal, second));
    let (_journal, now, numbers, _) = start(folder.path());
    assert_eq!((now, numbers), (epoch, vec![1]));
}

#[test]
fn the_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("log");
    drop(start(&inner));
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&inner).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
