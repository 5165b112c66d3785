//! What is expected between two tokens: what `gofmt` would write, in lines that go on as the ones before them.

use std::ops::Range;

use crate::kind::Kind;
use crate::place::Place;
use crate::spacing::{Last, has_blank, may_end_with_comma};
use crate::token::{Break, Mark, Token};

/// Columns that are kept for the lines of a list.
const COLUMNS: usize = 4;

/// Blanks at the start of a line that are looked at: no more, so that odd sources cost no more than others.
const LONGEST: u32 = 200;

/// Reads or writes a text from its start, token by token, and says at each what is expected before it. All positions are
/// those of the text.
#[derive(Debug)]
pub(crate) struct Layout {
    open: Vec<Opener>,
    last: Option<Last>,
    /// Blanks that the line begins with.
    line: Range<u32>,
    /// Those of the line that a block belongs to which begins here.
    header: Range<u32>,
    /// How many characters the line has, those blanks aside, and how many columns.
    column: u32,
    cells: usize,
    /// Do lines end with a carriage return?
    has_returns: bool,
}

/// A bracket, or another begin of a list of lines, that has no end yet.
#[derive(Clone, Debug, Default)]
struct Opener {
    /// Blanks of the line that its lines are further in than.
    line: Range<u32>,
    header: Range<u32>,
    /// Are they further in?
    steps: bool,
    is_bracket: bool,
    is_block: bool,
    /// Does a new line begin behind it, and behind its last comma?
    is_broken: bool,
    goes_on_broken: bool,
    columns: [u32; COLUMNS],
    comments: u32,
}

/// Blanks that a line should begin with: those of another line, and perhaps a tab or two.
#[derive(Clone, Debug, Default)]
struct Indent {
    like: Range<u32>,
    tabs: u8,
}

impl Layout {
    pub(crate) fn new() -> Self {
        Self {
            open: vec![Opener::default()],
            last: None,
            line: 0..0,
            header: 0..0,
            column: 0,
            cells: 0,
            has_returns: false,
        }
    }

    /// Comes to the place before a token, `text` being all that is before it.
    pub(crate) fn come(&mut self, token: &Token<'_>, text: &[u8], place: &mut Place) {
        self.begin_lists(token);
        let mark = Mark::of(token);
        let inner = self.top().content();
        let comments = self.top().comments;
        let closed = self.end_lists(token, mark);
        let outer = match &closed {
            Some(closed) => Indent { like: closed.line.clone(), tabs: 0 },
            None => self.beginning(token),
        };
        inner.write(text, &mut place.inner);
        outer.write(text, &mut place.outer);
        place.comment = comments.saturating_sub(self.column).clamp(1, LONGEST);
        place.expected.clear();
        self.expect(token, mark, closed.as_ref(), place);
    }

    fn top(&self) -> &Opener {
        // The first one is the file, and never ends.
        &self.open[self.open.len() - 1]
    }

    fn top_mut(&mut self) -> &mut Opener {
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn begin_lists(&mut self, token: &Token<'_>) {
        let Some(last) = self.last.filter(|_| token.indents > 0) else { return };
        let is_case = !matches!(last.mark, Mark::Open(_));
        let header = self.header.clone();
        if is_case {
            self.open.push(Opener { header: header.clone(), ..Opener::default() });
        }
        let line = self.line.clone();
        let top = self.top_mut();
        let is_group = matches!(
            last.kind,
            Kind::STRUCT_TYPE
                | Kind::INTERFACE_TYPE
                | Kind::IMPORT_DECLARATION
                | Kind::CONST_DECLARATION
                | Kind::VAR_DECLARATION
                | Kind::TYPE_DECLARATION
        );
        top.line = if is_group { line } else { header };
        top.is_block = true;
        top.steps = !matches!(
            last.kind,
            Kind::EXPRESSION_SWITCH_STATEMENT | Kind::TYPE_SWITCH_STATEMENT | Kind::SELECT_STATEMENT
        );
    }

    /// Ends what ends before a token; the last one.
    fn end_lists(&mut self, token: &Token<'_>, mark: Mark) -> Option<Opener> {
        let mut closed = None;
        for _ in 0..token.outdents {
            if self.open.len() > 1 && !self.top().is_bracket {
                closed = self.open.pop();
            }
        }
        if matches!(mark, Mark::Close(_)) && self.open.len() > 1 && self.top().is_bracket {
            closed = self.open.pop();
            if let Some(closed) = &closed {
                self.header = closed.header.clone();
            }
        }
        closed
    }

    /// Where a line begins that begins with the token.
    fn beginning(&self, token: &Token<'_>) -> Indent {
        let top = self.top();
        let mut indent = top.content();
        let is_element = token.ends != Break::None
            || (top.is_bracket && !top.is_block && !top.is_broken)
            || matches!(self.last, None | Some(Last { mark: Mark::Comma | Mark::Open(_), .. }));
        indent.tabs += u8::from(!is_element);
        indent
    }

    fn expect(&self, token: &Token<'_>, mark: Mark, closed: Option<&Opener>, place: &mut Place) {
        let Some(last) = self.last else { return };
        let newline: &[u8] = if self.has_returns { b"\r\n" } else { b"\n" };
        let top = self.top();
        let is_empty = matches!((last.mark, mark), (Mark::Open(_), Mark::Close(_)));
        let expected = &mut place.expected;
        if token.text.is_empty() {
            expected.extend_from_slice(newline);
            return;
        }
        if token.ends != Break::None && !is_empty {
            let is_alone = self.open.len() == 1
                && closed.is_none()
                && !matches!(last.kind, Kind::ATTACHED_DIRECTIVE | Kind::PREAMBLE)
                || token.ends == Break::Gap;
            expected.extend_from_slice(newline);
            if is_alone {
                expected.extend_from_slice(newline);
            }
            expected.extend_from_slice(&place.outer);
        } else if last.mark == Mark::Comma && !top.is_block && top.goes_on_broken {
            expected.extend_from_slice(newline);
            expected.extend_from_slice(&place.outer);
        } else if let Some(closed) = closed
            && closed.is_bracket
            && closed.is_broken
            && !closed.is_block
        {
            if may_end_with_comma(token.kind) {
                expected.push(b',');
            }
            expected.extend_from_slice(newline);
            expected.extend_from_slice(&place.outer);
        } else if token.is_cell {
            let column = top.columns[self.cells.min(COLUMNS - 1)];
            let count = column.saturating_sub(self.column).clamp(1, LONGEST);
            expected.extend(std::iter::repeat_n(b' ', count as usize));
        } else if has_blank(last, mark, token) {
            expected.push(b' ');
        }
    }

    /// Goes on behind the token, which lies at that place of the text.
    pub(crate) fn go(&mut self, token: &Token<'_>, text: &[u8], gap: Range<usize>, written: Range<usize>) {
        let is_at_start = self.last.is_none();
        let mark = Mark::of(token);
        let between = &text[gap.clone()];
        // Behind the last token of a list it says nothing about what is around that.
        if token.outdents == 0 && !matches!(mark, Mark::Close(_)) {
            self.see_comment(between);
        }
        let is_broken = between.contains(&b'\n');
        if let Some(last) = self.last {
            let top = self.top_mut();
            match last.mark {
                Mark::Open(_) => (top.is_broken, top.goes_on_broken) = (is_broken, is_broken),
                Mark::Comma => top.goes_on_broken = is_broken,
                _ => (),
            }
        }
        if is_broken || is_at_start {
            self.begin_line(text, &gap);
        } else {
            self.column += characters(between);
            if token.is_cell {
                let (column, cell) = (self.column, self.cells.min(COLUMNS - 1));
                self.top_mut().columns[cell] = column;
                self.cells += 1;
            }
        }
        if token.ends != Break::None || is_at_start || begins_block(token) {
            self.header = self.line.clone();
        }
        self.last = Some(Last { kind: token.kind, is_leaf: token.is_leaf, mark });
        let token_text = &text[written];
        match token_text.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => self.column = characters(&token_text[newline + 1..]),
            None => self.column += characters(token_text),
        }
        if matches!(mark, Mark::Open(_)) {
            let (line, header) = (self.line.clone(), self.header.clone());
            let opener = Opener { line, header, steps: true, is_bracket: true, ..Opener::default() };
            self.open.push(opener);
        }
    }

    fn begin_line(&mut self, text: &[u8], gap: &Range<usize>) {
        let between = &text[gap.clone()];
        let newline = between.iter().rposition(|byte| *byte == b'\n');
        self.has_returns |= newline.is_some_and(|at| at > 0 && between[at - 1] == b'\r');
        let start = newline.map_or(0, |newline| newline + 1);
        let blanks = between[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = (gap.start + start) as u32;
        self.line = line..line + (blanks as u32).min(LONGEST);
        self.column = characters(&between[start + blanks..]);
        self.cells = 0;
    }

    /// Comments behind tokens are below each other.
    fn see_comment(&mut self, between: &[u8]) {
        let blanks = between.iter().take_while(|byte| **byte == b' ').count() as u32;
        if between[blanks as usize..].starts_with(b"//") {
            let column = self.column + blanks;
            self.top_mut().comments = column;
        }
    }
}

impl Opener {
    fn content(&self) -> Indent {
        Indent { like: self.line.clone(), tabs: u8::from(self.steps) }
    }
}

impl Indent {
    fn write(&self, text: &[u8], blanks: &mut Vec<u8>) {
        blanks.clear();
        blanks.extend_from_slice(&text[self.like.start as usize..self.like.end as usize]);
        blanks.extend(std::iter::repeat_n(b'\t', usize::from(self.tabs)));
    }
}

/// Is it the first token of something with a block, whose lines are further in than this one?
fn begins_block(token: &Token<'_>) -> bool {
    !token.is_leaf
        && matches!(token.text, b"func" | b"if" | b"for" | b"switch" | b"select" | b"case" | b"default")
}

fn characters(text: &[u8]) -> u32 {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}
