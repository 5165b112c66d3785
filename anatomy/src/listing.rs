//! The assembly listing of Go's compiler (`-gcflags=-S`): which line each instruction of a function came from, which its
//! modules do not say.

/// An instruction of the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed<'a> {
    pub(crate) operation: &'a str,
    pub(crate) operand: &'a str,
    pub(crate) file: &'a str,
    pub(crate) line: u32,
}

/// Instructions of the function of this name, as the compiler has it. Empty where there is none.
pub(crate) fn function<'a>(text: &'a str, name: &str) -> Vec<Listed<'a>> {
    let is_head = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" STEXT "));
    let lines = text.lines().skip_while(|line| !is_head(line)).skip(1);
    lines.take_while(|line| line.starts_with('\t')).filter_map(listed).collect()
}

/// `\t0x0000 00000 (/home/me/main.go:26)\tI64Load\t$8`
fn listed(line: &str) -> Option<Listed<'_>> {
    let (_, rest) = line.strip_prefix("\t0x")?.split_once(" (")?;
    let (place, rest) = rest.split_once(")\t")?;
    let place = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    // It says so itself where it does not know.
    let (file, line) = place.unwrap_or_default();
    let (operation, operand) = rest.split_once('\t').unwrap_or((rest, ""));
    Some(Listed { operation, operand, file, line })
}

impl Listed<'_> {
    /// It is told to the linker and the runtime, and becomes no instruction.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.operation, "TEXT" | "FUNCDATA" | "PCDATA" | "NOP")
    }

    /// Whether it may have become an instruction of this mnemonic.
    fn is(&self, mnemonic: &str) -> bool {
        match self.operation {
            "Get" => matches!(mnemonic, "local.get" | "global.get"),
            "Set" => matches!(mnemonic, "local.set" | "local.tee" | "global.set"),
            "Tee" => mnemonic == "local.tee",
            "Not" => mnemonic == "i32.eqz",
            "UNDEF" => mnemonic == "unreachable",
            "CurrentMemory" => mnemonic == "memory.size",
            "GrowMemory" => mnemonic == "memory.grow",
            operation => {
                let letters = |text: &str| {
                    let plain = text.chars().filter(char::is_ascii_alphanumeric);
                    plain.map(|c| c.to_ascii_lowercase()).collect::<String>()
                };
                letters(operation) == letters(mnemonic)
            }
        }
    }
}

/// For each instruction the place in the listing that it came from; `None` when the two are not of the same function.
pub(crate) fn matched(listed: &[Listed<'_>], mnemonics: &[String]) -> Option<Vec<usize>> {
    // Functions that are written in assembly may do without a stack pointer of their own.
    [true, false].into_iter().find_map(|has_stack| Matching { listed, mnemonics, has_stack }.places())
}

/// One way in which the assembler may have made instructions of the listing (`assemble` of its package `obj/wasm`).
struct Matching<'m> {
    listed: &'m [Listed<'m>],
    mnemonics: &'m [String],
    /// The stack pointer is kept in a local, and fetched at the beginning and after each call.
    has_stack: bool,
}

impl Matching<'_> {
    /// What is put in for the stack pointer is of the line before it.
    fn places(&self) -> Option<Vec<usize>> {
        const FETCHED: [&str; 2] = ["global.get", "local.set"];
        let mut places = Vec::with_capacity(self.mnemonics.len());
        if self.has_stack {
            self.put_in(&FETCHED, 0, &mut places)?;
        }
        let mut next = 0;
        while let Some(one) = self.listed.get(next) {
            let place = next;
            next += 1;
            if one.is_silent() {
                continue;
            }
            let mnemonic = self.mnemonics.get(places.len()).filter(|mnemonic| one.is(mnemonic))?;
            places.push(place);
            match (one.operation, mnemonic.as_str()) {
                ("Set", "local.tee") if self.has_stack && one.operand == "SP" => {
                    self.put_in(&["global.set"], place, &mut places)?;
                }
                // Two became one.
                ("Set", "local.tee") => {
                    let get = self.listed.get(next)?;
                    if get.operation != "Get" || get.operand != one.operand {
                        return None;
                    }
                    next += 1;
                }
                (_, "call" | "call_indirect") if self.has_stack => {
                    self.put_in(&FETCHED, place, &mut places)?;
                }
                _ => {}
            }
        }
        self.put_in(&["end"], places.last().copied().unwrap_or(0), &mut places)?;
        (places.len() == self.mnemonics.len()).then_some(places)
    }

    fn put_in(&self, wanted: &[&str], place: usize, places: &mut Vec<usize>) -> Option<()> {
        for wanted in wanted {
            self.mnemonics.get(places.len()).filter(|mnemonic| mnemonic.as_str() == *wanted)?;
            places.push(place);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# example.test/app\nmain.Add STEXT nosplit size=4 args=0x18\n\
        \t0x0000 00000 (/a (b)/main.go:25)\tTEXT\tmain.Add(SB), ABIInternal, $0-24\n\
        \t0x0000 00000 (/a (b)/main.go:26)\tGet\tSP\n\
        \t0x0000 00000 (/a (b)/main.go:26)\tI64Load\t$8\n\
        \t0x0000 00000 (/a (b)/main.go:27)\tSet\tSP\n\
        \t0x0001 00001 (/a (b)/main.go:28)\tReturn\n\
        \t0x0000 02 01 7f 01 7e 23 00 21 01 03 40 02 40 02 40 02  ....~#.!..@.@.@.\n\
        main.AddMore STEXT size=4\n\t0x0000 00000 (x.go:1)\tUNDEF\n";

    #[test]
    fn the_function_of_the_name_is_read_and_no_other() {
        let add = function(TEXT, "main.Add");
        assert_eq!(add.len(), 5, "{add:?}");
        assert_eq!((add[2].operation, add[2].operand, add[2].line), ("I64Load", "$8", 26));
        assert_eq!(add[2].file, "/a (b)/main.go");
        assert_eq!(function(TEXT, "main.AddMore").len(), 1);
        assert!(function(TEXT, "main.Ad").is_empty() && function("", "main.Add").is_empty());
    }

    #[test]
    fn what_the_assembler_puts_in_is_of_the_line_before() {
        let add = function(TEXT, "main.Add");
        let mnemonics = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let whole = "global.get local.set local.get i64.load local.tee global.set return end";
        assert_eq!(matched(&add, &mnemonics(whole)).unwrap(), [0, 0, 1, 2, 3, 3, 4, 4]);
        for other in [
            "global.get local.set local.get i64.store local.tee global.set return end",
            "global.get local.set local.get i64.load local.tee return end",
            "global.get local.set local.get i64.load local.tee global.set return",
            "global.get local.set local.get i64.load local.tee global.set return return end",
            "global.get local.set local.get i64.load",
            "",
        ] {
            assert_eq!(matched(&add, &mnemonics(other)), None, "{other}");
        }
    }

    #[test]
    fn setting_and_getting_became_one_and_lines_may_be_unknown() {
        let text = "f STEXT size=1\n\t0x0 00000 (<unknown line number>)\tSet\tR0\n\
            \t0x0 00000 (m.go:2)\tGet\tR0\n\t0x0 00000 (m.go:3)\tCall\tg(SB)\n\
            \t0x0 00000 (m.go:3)\tNOP\n\t0x0 00000 (m.go:4)\tGet\tRET0\n";
        let listed = function(text, "f");
        assert_eq!((listed[0].file, listed[0].line), ("", 0));
        let mnemonics =
            ["global.get", "local.set", "local.tee", "call", "global.get", "local.set", "global.get", "end"]
                .map(str::to_owned);
        assert_eq!(matched(&listed, &mnemonics).unwrap(), [0, 0, 0, 2, 2, 2, 4, 4]);
    }
}
