//! HTML of a page as it is served: the client's script tag put in, and a content security policy that fits.
//!
//! The text is read once, and the tag is put in at one place of the original bytes: nothing else of the page changes,
//! so a hash of an inline script stays right. The only file that knows the HTML parser.

use std::cell::RefCell;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lol_html::html_content::{Doctype, Element, TextChunk};
use lol_html::{HtmlRewriter, Settings, doctype, element, text};
use sha2::{Digest as _, Sha256};

use super::answer::escape;
use super::options::{Http3, PageOptions};
use crate::content::ContentHash;

/// The client's script.
pub(super) const CLIENT: &str = "/__dev/client.js";

/// A page ready to be served.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) body: Bytes,
    /// Of the body, for the ETag.
    pub(super) hash: ContentHash,
    pub(super) content_policy: String,
}

/// What the script tag tells the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) program: &'a str,
    pub(super) options: PageOptions,
    /// Whether the page may talk over HTTP/3.
    pub(super) http3: Http3,
    /// Whether the page mirrors what is done on others.
    pub(super) mirrors: bool,
    /// Digest of the manifest that the page was made from: what changed since then is told to the page.
    pub(super) manifest: ContentHash,
}

/// What reading the page found out.
#[derive(Debug, Default)]
struct Survey {
    /// Byte offset at which the tag is put in.
    offset: usize,
    opening: Opening,
    script: Option<String>,
    hashes: BTreeSet<String>,
    handlers: bool,
    hosts: BTreeSet<String>,
    local_scripts: Vec<String>,
    boots: bool,
}

/// How far the reading of the first tags is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Opening {
    #[default]
    Start,
    InHtml,
    Over,
}

/// Makes `html` ready. `script_of` gives the text of a script of the page's own, by its path relative to the page.
pub(super) fn prepare(html: &[u8], tag: Tag<'_>, script_of: impl Fn(&str) -> Option<String>) -> Document {
    let mut survey = survey(html, script_of);
    survey.boots = tag.options.boots.unwrap_or(survey.boots);
    let body = Bytes::from(survey.insert(html, &script_tag(tag, survey.boots)));
    Document { hash: ContentHash::of(&body), body, content_policy: policy(&survey) }
}

/// Puts `tags` in front of everything else in the head of a page that is published without this server. Tells first
/// whether the page starts Go by itself.
pub fn insert_scripts(
    html: &[u8],
    tags: &str,
    script_of: impl Fn(&str) -> Option<String>,
) -> (bool, Vec<u8>) {
    let survey = survey(html, script_of);
    (survey.boots, survey.insert(html, tags))
}

fn survey(html: &[u8], script_of: impl Fn(&str) -> Option<String>) -> Survey {
    let survey = RefCell::new(Survey {
        offset: if html.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 },
        ..Survey::default()
    });
    read(html, &survey);
    let mut survey = survey.into_inner();
    survey.boots = survey.boots
        || survey.local_scripts.iter().any(|path| script_of(path).is_some_and(|text| starts_go(&text)));
    survey
}

/// The page of a program that has none of its own.
pub fn blank_page(program: &str) -> String {
    let title = escape(program);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n</head>\n\
         <body></body>\n</html>\n"
    )
}

fn script_tag(tag: Tag<'_>, boots: bool) -> String {
    let program = escape(tag.program);
    let boot = if boots { "page" } else { "client" };
    let worker = if tag.options.worker { " data-worker=\"true\"" } else { "" };
    let mirror = if tag.mirrors { " data-mirror=\"true\"" } else { "" };
    let http3 = tag.http3.name().map(|name| format!(" data-http3=\"{name}\"")).unwrap_or_default();
    format!(
        "<script src=\"{CLIENT}\" data-program=\"{program}\" data-boot=\"{boot}\"{worker}{http3}{mirror} \
         data-base-path=\"/{program}/\" data-manifest=\"{}\"></script>",
        tag.manifest
    )
}

/// An error of the parser (text in an encoding that it does not take) leaves what was found before it.
fn read(html: &[u8], survey: &RefCell<Survey>) {
    let settings = Settings::new()
        .append_document_content_handler(doctype!(|doctype: &mut Doctype<'_>| {
            let mut survey = survey.borrow_mut();
            if survey.opening == Opening::Start {
                survey.offset = doctype.source_location().bytes().end;
            }
            Ok(())
        }))
        .append_element_content_handler(element!("*", |element: &mut Element<'_, '_>| {
            survey.borrow_mut().element(element);
            Ok(())
        }))
        .append_element_content_handler(text!("script", |chunk: &mut TextChunk<'_>| {
            survey.borrow_mut().text(chunk);
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    if rewriter.write(html).is_ok() {
        // What `end` could still report changes nothing any more.
        let _ = rewriter.end();
    }
}

impl Survey {
    fn insert(&self, html: &[u8], tags: &str) -> Vec<u8> {
        let (before, after) = html.split_at(self.offset.min(html.len()));
        [before, tags.as_bytes(), after].concat()
    }

    fn element(&mut self, element: &Element<'_, '_>) {
        let name = element.tag_name();
        // Only there do the tags open what they name: a later <head> is ignored by browsers, which have made one
        // by themselves when anything else came first.
        let next = match (self.opening, name.as_str()) {
            (Opening::Start, "html") => Opening::InHtml,
            _ => Opening::Over,
        };
        if next == Opening::InHtml || self.opening != Opening::Over && name == "head" {
            self.offset = element.source_location().bytes().end;
        }
        self.opening = next;
        for attribute in element.attributes() {
            if attribute.name().starts_with("on") {
                self.handlers = true;
                self.hashes.insert(hash(&unescape(&attribute.value())));
            }
        }
        if name == "script" {
            match element.get_attribute("src") {
                Some(source) => self.source(source.trim()),
                None => self.script = Some(String::new()),
            }
        }
    }

    fn source(&mut self, source: &str) {
        let path = source.split(['?', '#']).next().unwrap_or_default();
        self.boots |= path.rsplit('/').next() == Some("wasm_exec.js");
        match host_of(source) {
            Some(host) => {
                self.hosts.insert(host);
            }
            None => self.local_scripts.push(path.trim_start_matches("./").to_owned()),
        }
    }

    fn text(&mut self, chunk: &TextChunk<'_>) {
        let Some(script) = &mut self.script else { return };
        script.push_str(chunk.as_str());
        if chunk.last_in_text_node() {
            let script = self.script.take().unwrap_or_default();
            self.boots |= starts_go(&script);
            self.hashes.insert(hash(&script));
        }
    }
}

/// Does this script start a Go program by itself?
fn starts_go(script: &str) -> bool {
    script.contains("wasm_exec.js") || script.contains("new Go(")
}

/// Browsers hash what their parser gives them, and that has no carriage returns.
fn hash(script: &str) -> String {
    let script = script.replace("\r\n", "\n").replace('\r', "\n");
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// Undoes the five references that are common in event handlers; with others the handler stays blocked.
fn unescape(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The source expression for a script of another host. What is not a plain host is left out and stays blocked,
/// so no text of a page gets into the header.
fn host_of(source: &str) -> Option<String> {
    let lower = source.to_ascii_lowercase();
    let (scheme, rest) = ["https://", "http://", "//"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme).map(|rest| (scheme.trim_end_matches("//"), rest)))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host: super::authority::Authority = host.parse().ok()?;
    Some(if scheme.is_empty() { host.to_string() } else { format!("{scheme}//{host}") })
}

fn policy(survey: &Survey) -> String {
    let mut sources = vec!["'self'".to_owned(), "'wasm-unsafe-eval'".to_owned()];
    sources.extend(survey.hashes.iter().cloned());
    if survey.handlers {
        // Lets the handlers through whose hash stands here, and no other.
        sources.push("'unsafe-hashes'".to_owned());
    }
    sources.extend(survey.hosts.iter().cloned());
    format!("script-src {}; object-src 'none'; base-uri 'self'; frame-ancestors 'self'", sources.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(html: &str) -> (String, String) {
        let tag = Tag {
            program: "app",
            options: PageOptions::default(),
            http3: Http3::Never,
            mirrors: false,
            manifest: ContentHash::of(b"page"),
        };
        let script_of = |path: &str| (path == "main.js").then(|| "const go = new Go();".to_owned());
        let document = prepare(html.as_bytes(), tag, script_of);
        (String::from_utf8(document.body.to_vec()).unwrap(), document.content_policy)
    }

    fn tag() -> String {
        let manifest = ContentHash::of(b"page");
        format!(
            "<script src=\"/__dev/client.js\" data-program=\"app\" data-boot=\"client\" \
             data-base-path=\"/app/\" data-manifest=\"{manifest}\"></script>"
        )
    }

    #[test]
    fn the_tag_is_the_first_element_of_the_head() {
        for (before, after) in [
            ("<!doctype html><html><head>", "<title>x</title></head><body></body></html>"),
            ("<!DOCTYPE html>\n<html lang=\"en\">", "\n<body><p>x</p></body></html>"),
            ("<!doctype html>", "<title>x</title><p>text"),
            ("<!-- c --><!doctype html><!-- <head> --><head a=\">\">", "<meta charset=utf-8>"),
            ("", "<p>text</p><head></head>"),
            ("", "plain text"),
            ("", ""),
            ("\u{feff}<!doctype html>", "\n<p>x"),
            ("\u{feff}", "<p>x"),
            ("<html>", "<body><header></header><head></head>"),
        ] {
            let (body, _) = served(&format!("{before}{after}"));
            assert_eq!(body, format!("{before}{}{after}", tag()));
        }
    }

    #[test]
    fn a_page_that_starts_go_is_told_apart() {
        for (html, boots) in [
            ("<script src=\"wasm_exec.js\"></script>", true),
            ("<script src='./lib/wasm_exec.js?v=1'></script>", true),
            ("<script>import(\"/wasm_exec.js\")</script>", true),
            ("<script type=module>const go = new Go()</script>", true),
            ("<script src=main.js></script>", true),
            ("<script src=other.js></script><p>wasm_exec.js new Go()</p>", false),
        ] {
            assert_eq!(served(html).0.contains("data-boot=\"page\""), boots, "{html}");
        }
    }

    #[test]
    fn the_policy_names_what_the_page_itself_has() {
        let (_, policy) = served(
            "<script>alert('1')</script>\r\n<script>\r\n</script><script src=\"https://cdn.example:8443/a.js\"></script>\
             <script src=\"//b.example/x\"></script><script src=\"https://evil.example;/x\"></script>",
        );
        // printf "alert('1')" | openssl dgst -sha256 -binary | base64; the other is one newline.
        assert!(policy.contains("'sha256-Tlh8iZgyqNrAGGzSICG8KzGKg7YeURXz3n5Fy0aSfFk='"), "{policy}");
        assert!(policy.contains(&hash("\n")), "{policy}");
        assert!(policy.contains("https://cdn.example:8443 ") || policy.contains("https://cdn.example:8443;"));
        assert!(policy.contains("b.example") && !policy.contains("evil"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-hashes"));
        let (_, policy) = served("<button onclick=\"run(&quot;a&quot;)\">");
        assert!(policy.contains("'unsafe-hashes'") && policy.contains(&hash("run(\"a\")")), "{policy}");
    }

    #[test]
    fn names_are_escaped_and_the_worker_is_said() {
        let options = PageOptions { worker: true, boots: Some(true) };
        let tag = Tag {
            program: "a\"><b",
            options,
            http3: Http3::Always,
            mirrors: true,
            manifest: ContentHash::of(b""),
        };
        let body = prepare(b"", tag, |_| None).body;
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("data-program=\"a&quot;&gt;&lt;b\"") && body.contains("data-worker=\"true\""));
        assert!(body.contains("data-boot=\"page\""), "the option wins over what the page looks like");
    }
}
