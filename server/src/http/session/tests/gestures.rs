//! Pages that do together what is done on one of them.

use super::*;

/// A click, as pages write it: field 4 of the message, with nothing said of it.
const CLICK: &[u8] = &[0x22, 0x00];

async fn heard(page: &mut Page) -> (String, Bytes) {
    loop {
        let Message::Binary(bytes) = page.message().await else { continue };
        let frame = decode_server(&bytes).unwrap();
        if let Some(Said::Gesture(gesture)) = frame.body {
            return (frame.program, gesture);
        }
    }
}

#[tokio::test]
async fn what_is_done_on_a_page_is_told_to_all_of_them_and_not_to_those_that_come_later() {
    let mut page = Page::mirrored(ROOM).await;
    let mut other = page.beside(hello("app")).await;
    page.say(Body::Gesture(Bytes::from_static(CLICK))).await;
    for page in [&mut page, &mut other] {
        assert_eq!(heard(page).await, ("app".to_owned(), Bytes::from_static(CLICK)));
    }
    let mut late = page.beside(hello("app")).await;
    let newer = Bytes::from_static(&[0x22, 0x02, 0x20, 0x01]);
    other.say(Body::Gesture(newer.clone())).await;
    assert_eq!(heard(&mut late).await.1, newer);
}

#[tokio::test]
async fn who_only_looks_on_neither_hears_of_gestures_nor_makes_any() {
    let mut page = Page::mirrored(ROOM).await;
    let Body::Hello(mut looker) = hello("app") else { panic!() };
    looker.looks_on = true;
    let mut looker = page.beside(Body::Hello(looker)).await;
    page.say(Body::Gesture(Bytes::from_static(CLICK))).await;
    heard(&mut page).await;
    looker.say(Body::Gesture(Bytes::from_static(CLICK))).await;
    // The gesture of the page would come before the answer.
    let Said::ProtocolError(error) = looker.hear().await else { panic!() };
    assert_eq!(error.code(), Code::Malformed);
}

#[tokio::test]
async fn a_gesture_that_is_none_is_refused_and_so_is_any_where_nothing_is_mirrored() {
    let mut page = Page::mirrored(ROOM).await;
    let long = [&[0x12, 0x80, 0x80, 0x02], vec![b'x'; 32 * 1024].as_slice(), CLICK].concat();
    for bytes in
        [Bytes::new(), Bytes::from_static(b"\xff"), Bytes::from_static(&[0x12, 0x01, b'/']), long.into()]
    {
        page.say(Body::Gesture(bytes.clone())).await;
        let Said::ProtocolError(error) = page.hear().await else { panic!("{bytes:?}") };
        assert_eq!(error.code(), Code::Malformed, "{bytes:?}");
    }
    let mut page = Page::greeted().await;
    page.say(Body::Gesture(Bytes::from_static(CLICK))).await;
    let Said::ProtocolError(error) = page.hear().await else { panic!() };
    assert!(error.message.contains("does not mirror"), "{error:?}");
}

#[tokio::test]
async fn a_page_that_does_not_read_holds_up_nobody_and_keeps_nothing() {
    let mut page = Page::mirrored(ROOM).await;
    let mut slow = page.beside_with(256).await;
    slow.say(hello("app")).await;
    let text = [&[0x12, 0x80, 0x20], vec![b'x'; 4096].as_slice(), CLICK].concat();
    for _ in 0..300 {
        page.say(Body::Gesture(text.clone().into())).await;
        heard(&mut page).await;
    }
    drop(slow);
}
