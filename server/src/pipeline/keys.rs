//! Keys of the terminal while the server runs.

use std::io::IsTerminal as _;

use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Build again, also what did not change.
    Rebuild,
    /// Start the programs afresh.
    Restart,
    /// Open the page.
    Open,
    /// Show a code for a device.
    Pair,
    /// End.
    Quit,
}

/// Reads keys until `shutdown`, and only when both ends are a terminal and this is the program in front of it: a
/// shell stops a program in the background that touches the terminal. Raw mode is left again when this returns.
///
/// Channel: bounded by the caller. When it is full the key is dropped: a person presses again. When it is closed the
/// reader ends.
pub(super) async fn read(keys: mpsc::Sender<Key>, shutdown: CancellationToken) {
    let in_front = rustix::termios::tcgetpgrp(std::io::stdin()) == Ok(rustix::process::getpgrp());
    if !in_front || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return;
    }
    let Ok(_raw) = RawMode::enter() else { return };
    let mut events = EventStream::new();
    loop {
        let event = tokio::select! {
            () = shutdown.cancelled() => return,
            event = events.next() => event,
        };
        let Some(Ok(event)) = event else { return };
        if let Some(key) = meaning(&event)
            && let Err(mpsc::error::TrySendError::Closed(_)) = keys.try_send(key)
        {
            return;
        }
    }
}

/// Raw mode turns Ctrl-C into a key, so that it is one here as well.
fn meaning(event: &Event) -> Option<Key> {
    let Event::Key(key) = event else { return None };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    match key.code {
        KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char('r') => Some(Key::Rebuild),
        KeyCode::Char('R') => Some(Key::Restart),
        KeyCode::Char('o') => Some(Key::Open),
        KeyCode::Char('p') => Some(Key::Pair),
        KeyCode::Char('q') => Some(Key::Quit),
        _ => None,
    }
}

/// Characters come one by one, without echo, and lines still end as the printer writes them.
struct RawMode {
    before: rustix::termios::Termios,
}

impl RawMode {
    /// Not crossterm's raw mode: that switches off output processing too, and every line of the printer would
    /// start where the last one ended.
    fn enter() -> Result<Self, rustix::io::Errno> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        let before = tcgetattr(&stdin)?;
        let mut raw = before.clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &raw)?;
        Ok(Self { before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    #[test]
    fn keys_have_their_meaning() {
        let press = |code, modifiers| meaning(&Event::Key(KeyEvent::new(code, modifiers)));
        let none = KeyModifiers::NONE;
        assert_eq!(press(KeyCode::Char('r'), none), Some(Key::Rebuild));
        assert_eq!(press(KeyCode::Char('R'), KeyModifiers::SHIFT), Some(Key::Restart));
        assert_eq!(press(KeyCode::Char('o'), none), Some(Key::Open));
        assert_eq!(press(KeyCode::Char('p'), none), Some(Key::Pair));
        assert_eq!(press(KeyCode::Char('q'), none), Some(Key::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
        assert_eq!(press(KeyCode::Char('c'), none), None);
        assert_eq!(meaning(&Event::FocusGained), None);
    }
}
