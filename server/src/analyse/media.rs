//! Which files a page may load, by extension, and their media type.

/// The allow-list. Types have no parameters: whoever serves them adds the charset.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("xml", "text/xml"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("wasm", "application/wasm"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("bin", "application/octet-stream"),
];

/// Media type of a file of this name; `None` when a page may not load it. Names that are hidden, that a
/// browser or a file system could read in two ways, or that editors leave behind are not on the list.
pub(super) fn type_of(name: &str) -> Option<&'static str> {
    let refused =
        name.starts_with('.') || name.contains(|character: char| character.is_control() || character == '\\');
    let (stem, extension) = name.rsplit_once('.')?;
    // The glue of the toolchain that built the module is served in its place; a copy in the page folder is of
    // whatever version was there when it was made.
    if refused || stem.is_empty() || name == "wasm_exec.js" {
        return None;
    }
    let extension = extension.to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_only_listed_extensions_have_a_type() {
        for name in [
            ".env",
            ".env.local",
            ".git",
            "key.pem",
            "id_rsa",
            ".npmrc",
            "go.env",
            "main.go",
            "go.mod",
            "dev-server.toml",
            "a.css~",
            "css",
            "a.",
            "a\nb.css",
            "a\\b.css",
            ".html",
        ] {
            assert_eq!(type_of(name), None, "{name}");
        }
        assert_eq!(type_of("a.wasm"), Some("application/wasm"));
        assert_eq!(type_of("A.PNG"), Some("image/png"));
    }
}
