//! The page where a device brings its code: a form that works without scripts, and what it says.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::PAGE;
use crate::http::answer::{Answer, escape};

/// Bytes of a form that is sent. A code and a name have some dozen.
const LONGEST: usize = 2048;

/// From the head of a request to the end of its form.
const TIME: Duration = Duration::from_secs(5);

/// The form may be sent here and nowhere else, and nobody shows it inside of something else.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What the device has said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::http) struct Form {
    pub(in crate::http) code: String,
    pub(in crate::http) name: String,
}

/// Reads the fields of a form, or says what is wrong with it.
pub(in crate::http) async fn read_form(request: Request<Body>) -> Result<Form, StatusCode> {
    let kind = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = Limited::new(request.into_body(), LONGEST).collect();
    match tokio::time::timeout(TIME, body).await {
        Ok(Ok(body)) => Ok(parse(&body.to_bytes())),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The first of each field counts; what is no UTF-8 becomes what is in no code.
fn parse(bytes: &[u8]) -> Form {
    let mut form = Form::default();
    let mut seen = (false, false);
    for pair in bytes.split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        match name {
            b"code" if !std::mem::replace(&mut seen.0, true) => form.code = decode(value),
            b"name" if !std::mem::replace(&mut seen.1, true) => form.name = decode(value),
            _ => {}
        }
    }
    form
}

fn decode(value: &[u8]) -> String {
    let spaces: Vec<u8> = value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_encoding::percent_decode(&spaces).decode_utf8_lossy().into_owned()
}

/// The page with the form. `problem` is said above it; a code in `query` is filled in.
pub(in crate::http) fn answer_form(
    status: StatusCode,
    problem: Option<&str>,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Answer {
    let code = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("code=")));
    let code = code.map(|code| decode(code.as_bytes())).filter(|code| code.len() <= super::code::LONGEST);
    let field = match code {
        // One tap is left, so that a program which only looks at addresses does not use the code up.
        Some(code) => format!("<input type=\"hidden\" name=\"code\" value=\"{}\">", escape(&code)),
        None => "<p><label>Code in the terminal, or from <code>dev-server pair</code><br>\
                 <input name=\"code\" required maxlength=\"64\" autofocus autocomplete=\"off\" \
                 autocapitalize=\"characters\" spellcheck=\"false\"></label></p>\n"
            .to_owned(),
    };
    let problem =
        problem.map(|text| format!("<p><strong>{}</strong></p>\n", escape(text))).unwrap_or_default();
    let name = escape(kind_of_device(headers));
    // A page that hides its address from all would send a form of an unknown origin, which is refused.
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"referrer\" content=\"same-origin\"><title>Pair this device</title></head>\n\
         <body>\n<h1>Pair this device</h1>\n{problem}<form method=\"post\" action=\"/{PAGE}\">\n{field}\
         <p><label>Name of this device<br><input name=\"name\" maxlength=\"40\" value=\"{name}\"></label></p>\n\
         <p><button>Pair this device with dev-server</button></p>\n</form>\n\
         <p>It may then see the page and the source of the program, for 30 days or until it is forgotten with \
         <code>dev-server pair --forget NAME</code>.</p>\n</body>\n</html>\n"
    );
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer
}

/// A name to begin with. The order decides: browsers name several systems.
fn kind_of_device(headers: &HeaderMap) -> &'static str {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let known = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ];
    known.iter().find(|(word, _)| agent.contains(word)).map_or("device", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_the_first_counts() {
        let form = |text: &str| parse(text.as_bytes());
        let read = form("name=Anna%27s+phone&code=AB%2dCD&code=other&more=1");
        assert_eq!(read, Form { code: "AB-CD".into(), name: "Anna's phone".into() });
        assert_eq!(form("code"), Form::default());
        assert_eq!(form("code=%ff%zz").code, "\u{fffd}%zz");
    }

    #[tokio::test]
    async fn what_is_no_small_form_is_refused() {
        let request = |kind: &str, body: String| {
            Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
        };
        let form = "application/x-www-form-urlencoded";
        let read =
            read_form(request("Application/X-WWW-Form-Urlencoded; charset=utf-8", "code=1".into())).await;
        assert_eq!(read.unwrap().code, "1");
        assert_eq!(
            read_form(request(form, "x".repeat(LONGEST + 1))).await,
            Err(StatusCode::PAYLOAD_TOO_LARGE)
        );
        assert_eq!(
            read_form(request("text/plain", "code=1".into())).await,
            Err(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        );
    }

    #[tokio::test]
    async fn a_code_in_the_address_is_filled_in_as_text() {
        let answer =
            answer_form(StatusCode::OK, None, Some("a=b&code=%22%3e%3cscript%3e"), &HeaderMap::new());
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !text.contains("<script"), "{text}");
    }
}
