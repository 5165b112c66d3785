//! A flame graph as one file of HTML: no other file, no address, readable in the light and in the dark, by keys and by
//! readers of screens; the same in words beside it.

use std::fmt::Write as _;

use super::flame::{Flame, FlameBox};
use super::report::Report;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Rows of the table.
const ROWS: usize = 100;

/// Of a page's width, in percent: narrower boxes have no room for a letter, until they are made wider.
const NARROWEST: f64 = 1.0;

/// Names come from a module, which may be a stranger's: all of it is text.
pub(super) fn page(flame: &Flame, report: &Report) -> String {
    let mut out = String::new();
    let title = format!("{} by {}", escaped(&report.program), flame.kind.name);
    let _ = write!(
        out,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{}</p>
"#,
        escaped(&report.summary())
    );
    graph(&mut out, flame);
    table(&mut out, flame, report);
    let _ = writeln!(out, "<h2>What to know</h2>\n<ul>");
    for note in &report.notes {
        let _ = writeln!(out, "<li>{}</li>", escaped(note));
    }
    let _ = writeln!(out, "</ul>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>");
    out
}

fn graph(out: &mut String, flame: &Flame) {
    if flame.boxes.is_empty() {
        out.push_str("<p>Nothing was seen.</p>\n");
        return;
    }
    let rows = flame.boxes.iter().map(|each| each.depth + 1).max().unwrap_or_default();
    out.push_str(
        "<p id=\"how\">Each box is a function below the one that called it; its width is its share. Arrows move, \
         Enter or a click makes a box as wide as the page, Escape shows all.</p>\n<p id=\"about\" role=\"status\"></p>\n",
    );
    let _ = writeln!(
        out,
        "<div id=\"flame\" role=\"tree\" aria-label=\"Flame graph\" aria-describedby=\"how\" style=\"--rows:{rows}\">"
    );
    for (place, each) in flame.boxes.iter().enumerate() {
        boxed(out, flame, each, place == 0);
    }
    out.push_str("</div>\n");
    if flame.left_out > 0 {
        let _ = writeln!(out, "<p>{} smaller parts are not shown.</p>", flame.left_out);
    }
}

fn boxed(out: &mut String, flame: &Flame, each: &FlameBox, is_first: bool) {
    let FlameBox { name, depth, from, value } = each;
    let share = |value: i64| value as f64 * 100.0 / flame.total as f64;
    let words = format!("{name}, {:.1} %, {}", share(*value), flame.kind.unit.words(*value));
    let words = escaped(&words);
    let _ = writeln!(
        out,
        r#"<div class="box" role="treeitem" tabindex="{}" aria-level="{}" aria-label="{words}" title="{words}" data-name="{}" data-from="{:.4}" data-share="{:.4}" style="--from:{:.4};--share:{:.4};--depth:{depth};--hue:{}">{}</div>"#,
        if is_first { 0 } else { -1 },
        depth + 1,
        escaped(name),
        share(*from),
        share(*value),
        share(*from),
        share(*value),
        hue(name),
        if share(*value) < NARROWEST { String::new() } else { escaped(name) },
    );
}

/// Functions of a package have a colour.
fn hue(name: &str) -> u32 {
    let end = name.rfind('/').map_or(0, |slash| slash + 1);
    let package = name[end..].find('.').map_or(name, |dot| &name[..end + dot]);
    package.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % 360
}

fn table(out: &mut String, flame: &Flame, report: &Report) {
    out.push_str("<h2>Functions</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Functions\">\n<table>\n");
    let _ = writeln!(
        out,
        "<caption>By {} in the function itself, the most first</caption>\n<thead><tr><th scope=\"col\">function</th>\
         <th scope=\"col\">line with the most</th><th scope=\"col\">itself</th><th scope=\"col\">share</th>\
         <th scope=\"col\">with what it calls</th><th scope=\"col\">share</th></tr></thead>\n<tbody>",
        flame.kind.name
    );
    let share = |value: i64| format!("{:.1} %", value as f64 * 100.0 / flame.total.max(1) as f64);
    let words = |value: i64| flame.kind.unit.words(value);
    for row in report.functions.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&row.function),
            escaped(&row.place),
            words(row.flat),
            share(row.flat),
            words(row.cumulative),
            share(row.cumulative),
        );
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    let rest = report.functions.len().saturating_sub(ROWS);
    if rest > 0 {
        let _ = writeln!(out, "<p>{rest} more have less.</p>");
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in crate::diagnostic::plain(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::measured::{Kind, Unit};
    use super::*;

    fn flame(name: &str) -> Flame {
        let kind = Kind { name: "cpu", unit: Unit::Nanoseconds };
        let each = FlameBox { name: name.to_owned(), depth: 0, from: 0, value: 10 };
        Flame { kind, total: 10, boxes: vec![each], left_out: 3 }
    }

    #[test]
    fn names_are_text_and_nothing_else() {
        let hostile = "<img src=x onerror=alert(1)>\u{202e}\"'&";
        let mut report = Report::default();
        hostile.clone_into(&mut report.program);
        let page = page(&flame(hostile), &report);
        assert!(!page.contains("<img") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"), "{page}");
        assert!(page.contains("3 smaller parts"), "{page}");
    }

    #[test]
    fn it_needs_nothing_else() {
        let page = page(&flame("main.main"), &Report::default());
        for address in ["http:", "https:", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(address), "{address}");
        }
        assert!(page.contains(r#"aria-label="main.main, 100.0 %, 10 ns""#), "{page}");
    }

    #[test]
    fn a_package_has_one_colour() {
        assert_eq!(hue("main.burn"), hue("main.(*T).M"));
        assert_eq!(hue("a.test/b/c.F"), hue("a.test/b/c.G"));
        assert_ne!(hue("a.test/b/c.F"), hue("a.test/b/d.F"));
        assert!(hue("") < 360);
    }
}
